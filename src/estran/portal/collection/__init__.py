"""Collecting the inventories of a year: who answers, what was sent, labels to settle, links of schools, GLPI."""
