-- ghg_statement.csv: the digital part of the regulatory statement, by category (B1-B4).
SELECT category, informative, holding, basis, criterion, value FROM ghg_statement
ORDER BY category, holding, basis, informative, criterion
