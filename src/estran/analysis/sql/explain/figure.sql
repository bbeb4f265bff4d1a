-- The part of a run that a figure is made of; figure_criterion(), figure_entity()… are what was asked, NULL for all.
CREATE OR REPLACE TEMP MACRO matches(value, asked) AS asked IS NULL OR value = asked;

-- A family or a part holds the entities and item types that the contributions put there.
CREATE OR REPLACE TEMP MACRO in_figure(place, kind) AS
    matches(place, figure_entity()) AND matches(kind, figure_item_type())
    AND (
        (figure_family() IS NULL AND figure_part() IS NULL)
        OR (place, kind) IN (
            SELECT (c.entity, c.item_type) FROM contributions c
            WHERE matches(c.family, figure_family()) AND matches(c.part, figure_part())
        )
    );

CREATE OR REPLACE TEMP VIEW figure_contributions AS
SELECT * FROM contributions
WHERE matches(criterion, figure_criterion()) AND matches(entity, figure_entity())
    AND matches(item_type, figure_item_type()) AND matches(stage, figure_stage())
    AND matches(family, figure_family()) AND matches(part, figure_part());

-- The factors of each profile behind the figure, in its criterion and stages.
CREATE OR REPLACE TEMP VIEW figure_factors AS
SELECT profile_id, entity, item_type,
    SUM(CASE WHEN component = 'made' THEN factor END) AS made_factor,
    SUM(CASE WHEN component = 'ended' THEN factor END) AS ended_factor,
    SUM(CASE WHEN component = 'kwh' THEN factor END) AS kwh_factor
FROM figure_contributions WHERE factor IS NOT NULL AND profile_id IS NOT NULL
GROUP BY profile_id, entity, item_type;
