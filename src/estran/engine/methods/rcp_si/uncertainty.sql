-- uncertainty: what each source of uncertainty adds to the variance of a scope, relative to the square of its magnitude
-- (Q3-Q5, Q8-Q10). Contributions that share a source move fully together; distinct sources are independent. Of the error of a
-- factor that names its producer, a part is common to all factors of that producer: it leaves the factor's line for the
-- producer's (Q8).
-- Grain: one row per scope, name, criterion and source; the errors of single rows are one line named 'rows'.
-- Units: term without unit; deviation, what one standard deviation of the source adds to the scope, in the criterion's (D5).
WITH moved AS (
    SELECT entity, part, family, stage, item_type, criterion, factor_source AS source, factor_cv AS cv, producer, value
    FROM contributions WHERE value IS NOT NULL
    UNION ALL
    SELECT entity, part, family, stage, item_type, criterion, stand_in, stand_in_cv, NULL, value
    FROM contributions WHERE value IS NOT NULL AND stand_in IS NOT NULL
    UNION ALL
    SELECT c.entity, c.part, c.family, c.stage, c.item_type, c.criterion, (c.parameter || ' ' || c.item_type),
        CASE WHEN c.parameter = 'lifetime_years' THEN p.lifetime_cv ELSE p.kwh_cv END, NULL, c.type_value
    FROM contributions c JOIN parameters p ON p.item_type = c.item_type
    WHERE c.type_value IS NOT NULL
    UNION ALL
    SELECT c.entity, c.part, c.family, c.stage, c.item_type, c.criterion,
        (c.parameter || ' ' || c.item_type || ' ' || p.model), u.cv, NULL, c.model_value
    FROM contributions c
    JOIN profiles p ON p.profile_id = c.profile_id
    CROSS JOIN (SELECT cv FROM uncertainty_classes WHERE kind = 'default') u
    WHERE c.model_value IS NOT NULL
    UNION ALL
    SELECT c.entity, c.part, c.family, c.stage, c.item_type, c.criterion, 'pue', general_pue_cv(), NULL, c.pue_value
    FROM contributions c
    WHERE c.pue_value IS NOT NULL
    UNION ALL
    SELECT entity, part, family, stage, item_type, criterion, ('room ' || row_source), row_source_cv, NULL, value
    FROM contributions WHERE value IS NOT NULL AND row_source IS NOT NULL
),
of_the_whole AS (
    SELECT part, family, stage, item_type, criterion, source, cv, producer, SUM(CAST(value AS DECIMAL(38, 22))) AS value
    FROM moved
    GROUP BY part, family, stage, item_type, criterion, source, cv, producer
),
common AS (
    SELECT 'entity' AS scope, entity AS name, criterion, source, cv, producer, CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE) AS moved_value
    FROM moved
    GROUP BY entity, criterion, source, cv, producer
    UNION ALL
    SELECT
        CASE
            WHEN GROUPING(part) = 0 THEN 'part' WHEN GROUPING(family) = 0 THEN 'family' WHEN GROUPING(stage) = 0 THEN 'stage'
            WHEN GROUPING(item_type) = 0 THEN 'item_type' ELSE 'whole'
        END,
        COALESCE(part, family, stage, item_type, '*'), criterion, source, cv, producer, CAST(SUM(value) AS DOUBLE)
    FROM of_the_whole
    GROUP BY GROUPING SETS (
        (criterion, source, cv, producer), (criterion, source, cv, producer, part), (criterion, source, cv, producer, family),
        (criterion, source, cv, producer, stage), (criterion, source, cv, producer, item_type)
    )
),
single AS (
    SELECT scope, name, criterion, source, cv * moved_value AS deviation,
        CASE WHEN producer IS NULL THEN 1 ELSE 1 - general_producer_share() END AS kept
    FROM common
    UNION ALL
    SELECT scope, name, criterion, 'producer ' || producer, CAST(SUM(CAST(cv * moved_value AS DECIMAL(38, 22))) AS DOUBLE),
        general_producer_share()
    FROM common WHERE producer IS NOT NULL
    GROUP BY scope, name, criterion, producer
),
row_variances AS (
    SELECT f.entity, f.part, f.family, f.item_type, f.criterion,
        made_factor * made_factor * p.made_sq + 2 * made_factor * ended_factor * p.made_x_ended
            + ended_factor * ended_factor * p.ended_sq
            + 2 * made_factor * kwh_factor * p.made_x_kwh + 2 * ended_factor * kwh_factor * p.ended_x_kwh
            + kwh_factor * kwh_factor * p.kwh_sq AS variance
    FROM profile_factors f JOIN profiles p ON p.profile_id = f.profile_id
),
scoped_variances AS (
    SELECT k.scope, CASE k.scope
        WHEN 'whole' THEN '*' WHEN 'entity' THEN entity WHEN 'part' THEN part WHEN 'family' THEN family ELSE item_type END AS name,
        criterion, variance
    FROM row_variances CROSS JOIN (VALUES ('whole'), ('entity'), ('part'), ('family'), ('item_type')) AS k (scope)
),
row_terms AS (
    SELECT s.scope, s.name, s.criterion, v.variance / NULLIF(s.magnitude * s.magnitude, 0) AS term
    FROM scoped_variances v
    JOIN scopes s ON s.scope = v.scope AND s.name = v.name AND s.criterion = v.criterion
    UNION ALL
    SELECT s.scope, s.name, s.criterion,
        c.factor * c.factor * CASE c.component WHEN 'made' THEN p.made_sq WHEN 'ended' THEN p.ended_sq ELSE p.kwh_sq END
            / NULLIF(s.magnitude * s.magnitude, 0)
    FROM contributions c
    JOIN profiles p ON p.profile_id = c.profile_id
    JOIN scopes s ON s.scope = 'stage' AND s.name = c.stage AND s.criterion = c.criterion
    WHERE c.value IS NOT NULL AND c.row_source IS NULL
)
SELECT c.scope, c.name, c.criterion, c.source,
    c.kept * (c.deviation / NULLIF(s.magnitude, 0)) * (c.deviation / NULLIF(s.magnitude, 0)) AS term,
    SQRT(c.kept) * c.deviation AS deviation
FROM single c JOIN scopes s ON s.scope = c.scope AND s.name = c.name AND s.criterion = c.criterion
UNION ALL
SELECT r.scope, r.name, r.criterion, 'rows', CAST(SUM(CAST(r.term AS DECIMAL(38, 30))) AS DOUBLE),
    COALESCE(SQRT(CAST(SUM(CAST(r.term AS DECIMAL(38, 30))) AS DOUBLE)) * s.magnitude, 0)
FROM row_terms r JOIN scopes s ON s.scope = r.scope AND s.name = r.name AND s.criterion = r.criterion
GROUP BY r.scope, r.name, r.criterion, s.magnitude
