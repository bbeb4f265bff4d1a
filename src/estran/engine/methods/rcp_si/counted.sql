-- counted: what the sums group items by, and the electricity that is the item's own and not the key of a shared meter (R4).
-- Grain: one row per item. Units: kWh. traits: the number of traits.sql; ten million rows are grouped by one number sooner
-- than by six texts; the commonest come first, as they are looked for in turn.
SELECT c.*,
    CASE WHEN in_described_room THEN room END AS described_room,
    CASE WHEN NOT in_metered_room THEN modelled_kwh END AS own_kwh,
    CAST(
        CASE lifetime_origin
            WHEN 'type_default' THEN 5 WHEN 'type_default+outlived' THEN 8 WHEN 'matched' THEN 4 WHEN 'matched+outlived' THEN 7
            WHEN 'declared' THEN 1 WHEN 'dates' THEN 2 WHEN 'planned' THEN 3 WHEN 'planned+outlived' THEN 6
            WHEN 'method_default' THEN 9 ELSE 0
        END
        + CASE kwh_origin
            WHEN 'type_default' THEN 48 WHEN 'matched' THEN 32 WHEN 'declared' THEN 16 WHEN 'spare' THEN 64 ELSE 0
        END
        + CASE zone_origin WHEN 'declared' THEN 128 ELSE 0 END
        + CASE acquisition WHEN 'owned' THEN 256 WHEN 'leased' THEN 512 WHEN 'consumable' THEN 768 ELSE 0 END
        + CASE ownership WHEN 'professional' THEN 1024 WHEN 'cope' THEN 2048 WHEN 'byod' THEN 3072 ELSE 0 END
        + CASE hosting WHEN 'own' THEN 4096 WHEN 'third_party' THEN 8192 ELSE 0 END
        AS SMALLINT) AS traits
FROM consumption c
