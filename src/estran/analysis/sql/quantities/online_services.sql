-- One row per service: the last thing known of each column at the end of the period. RGAA: rate of the whole sample;
-- an audit holds three years (UNCONFIRMED). RGESN: weighted share of the criteria that apply.
SELECT *, COALESCE(retired_date > last_day(), true) AS online,
       rgaa_c / NULLIF(rgaa_c + rgaa_nc, 0) * 100 AS rgaa_rate,
       COALESCE(rgaa_audit_date > last_day() - INTERVAL 3 YEAR, false) AS rgaa_valid,
       (1.5 * rgesn_valid_p + 1.25 * rgesn_valid_r + rgesn_valid_m)
           / NULLIF(1.5 * rgesn_appl_p + 1.25 * rgesn_appl_r + rgesn_appl_m, 0) * 100 AS rgesn_score
FROM (SELECT service_id, ARG_MAX(COLUMNS(* EXCLUDE (service_id, known_on)), known_on) AS '\0'
      FROM (SELECT *, COALESCE(measure_date, GREATEST(rgaa_audit_date, rgesn_date), DATE '1970-01-01')
                   AS known_on FROM online_services_rows)
      WHERE known_on <= last_day() GROUP BY service_id)
