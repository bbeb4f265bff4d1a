-- Use of generative AI: one row per row of the table ai_use. amount: thousands of output tokens in the year.
-- In: uses (that table), models (provider, model and zone as written, then as EcoLogits and the catalogue know them).
CREATE TABLE known AS
SELECT uses.*, flow, known_provider, known_model, nullif(known_zone, '') AS known_zone,
    requests * output_tokens_per_request / 1000 AS amount
FROM uses JOIN models
    ON models.provider = uses.provider AND models.model = uses.model AND models.zone = coalesce(uses.zone, '');

INSERT INTO activities BY NAME
SELECT entity, coalesce(service, known_model) AS service, flow, known_zone AS zone, quality, amount FROM known;

-- The mean length of the answers of each flow, in tokens: the impact of a request is a fixed part plus a part per token,
-- so that at this length the sum over requests is exact.
CREATE VIEW lengths AS
SELECT flow, known_provider, known_model, coalesce(known_zone, '') AS zone,
    sum(requests * output_tokens_per_request) / sum(requests) AS tokens
FROM known WHERE amount > 0 GROUP BY ALL;
