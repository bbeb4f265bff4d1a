-- The actions of the strategy as the portal follows them: an action moves on by the share of its steps done.
WITH steps AS (SELECT code, COUNT(done_on) / COUNT(*) AS done FROM strategy_steps GROUP BY code)
SELECT a.code AS action_code, s.label_fr AS status,
    replace(format('{:.4g}', CASE a.status WHEN 'done' THEN 1.0 ELSE COALESCE(done, 0) END::DOUBLE), '.', ',') AS progress,
    starts_on AS start_date, ends_on AS due_date, d.name AS pilot
FROM strategy_actions a
LEFT JOIN steps USING (code)
JOIN action_statuses s ON s.code = a.status
JOIN directorates d ON d.code = a.directorate
ORDER BY a.place
