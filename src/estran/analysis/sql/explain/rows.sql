-- Rows of the inventory behind the figure, with each number of their formula.
SELECT r.*, f.entity, f.item_type, f.made_factor, f.ended_factor, f.kwh_factor,
    COALESCE(r.made * f.made_factor, 0) + COALESCE(r.ended * f.ended_factor, 0)
        + COALESCE(r.kwh * f.kwh_factor, 0) AS value
FROM rows r JOIN figure_factors f ON f.profile_id = r.profile_id
