-- origin_codes: the number by which the sums know the origins of an item's lifetime, electricity and zone (M1), and how it is
-- held. The values and their order are those of origin_codes.csv.
-- Grain: one row per combination. Units: none.
{origin_codes}
