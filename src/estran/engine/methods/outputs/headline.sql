-- headline.csv: modelled, declared by suppliers, declared for comparison only (C5).
SELECT criterion, part, value FROM headline ORDER BY criterion, part
