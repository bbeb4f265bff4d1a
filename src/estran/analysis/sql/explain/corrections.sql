-- Corrections of the rows behind the figure: how many of these rows each of them changed.
SELECT c.number, COUNT(DISTINCT c.row_id) AS rows
FROM corrected c JOIN rows r ON r.row_id = c.row_id
WHERE r.profile_id IN (SELECT profile_id FROM figure_factors)
GROUP BY c.number ORDER BY c.number
