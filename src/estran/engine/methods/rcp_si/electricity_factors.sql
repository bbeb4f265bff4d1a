-- electricity_factors: impact of one kWh in a zone: that of the year, else of the latest earlier year; never a later one (E9).
-- Grain: one row per zone and criterion. Units: the criterion's per kWh; year is the year that answered, age_cv what its age adds
-- to the doubt, NULL for nothing (Q10). A mix without a date bears the year 1900: it has no age.
SELECT zone, criterion, value, cv, year, origin, source,
    CASE WHEN year > 1900 THEN
        NULLIF(LEAST(general_elec_age_cv_most(), general_elec_age_cv_per_year() * (setting_year() - year)), 0)
    END AS age_cv
FROM (
    SELECT
        e.zone, e.criterion, e.value, COALESCE(e.cv, u.cv) AS cv, e.year, e.source,
        CASE WHEN e.year = setting_year() THEN 'declared' ELSE 'proxy' END AS origin,
        ROW_NUMBER() OVER (PARTITION BY e.zone, e.criterion ORDER BY e.year DESC, e.value) AS rank
    FROM electricity e
    CROSS JOIN (SELECT cv FROM uncertainty_classes WHERE kind = 'electricity') u
    WHERE e.year <= setting_year()
) AS ranked
WHERE rank = 1
