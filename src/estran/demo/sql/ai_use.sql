-- The use of generative AI, where there is some.
SELECT entity, service, provider, model, zone, requests, output_tokens_per_request
FROM ai_use u JOIN entities ON code = directorate WHERE year = '$year' ORDER BY u.place
