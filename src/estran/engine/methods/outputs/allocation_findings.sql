-- allocation_findings.csv: what to look at in the tables of virtual machines and applications (K1, K5).
SELECT what, name, value FROM allocation_findings ORDER BY what, name
