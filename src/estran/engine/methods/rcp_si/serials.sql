-- serials: a short hash of the normalised serial number of each item that has one, to find the few worth comparing (G4).
-- Grain: one row per item with a serial number. Units: none. The hash never leaves the session.
SELECT row_id, serial_hash FROM inventory WHERE serial IS NOT NULL AND flow IS NULL
