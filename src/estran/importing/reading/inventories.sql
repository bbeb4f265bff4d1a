-- The table `documents` (file, document: what the agent of GLPI says of one machine, without its people, its software nor
-- its addresses) as one table per kind of list: line, label, manufacturer, model, serial, inches, battery, virtual, tag,
-- left_because: why a line is no thing to count (why_left, a macro from code to words), NULL when it is one.
-- device_words (kind, written, label, form), edid_makers (maker_id, manufacturer, panel), firmware_placeholders: the tables of
-- the catalogue. screens (base64, maker_id, name, serial, inches): what each EDID says (edid.py).

-- NULL where a firmware says that nobody filled the field, or repeats one sign (00000000).
CREATE OR REPLACE TEMP MACRO firmware_text(text) AS CASE
    WHEN text IS NULL OR trim(text) = '' THEN NULL
    WHEN list_contains(firmware_placeholders(), regexp_replace(lower(text), '[^a-z0-9]+', '', 'g')) THEN NULL
    WHEN replace(regexp_replace(text, '[^A-Za-z0-9]+', '', 'g'), left(regexp_replace(text, '[^A-Za-z0-9]+', '', 'g'), 1), '') = ''
        THEN NULL
    ELSE trim(text)
END;

CREATE OR REPLACE TEMP TABLE machines AS
WITH said AS (
    SELECT
        file,
        document.itemtype AS itemtype,
        nullif(trim(document.tag), '') AS tag,
        coalesce(document.partial, false) AS partial,
        document.content AS c,
        document.content.network_device AS device,
        coalesce(document.content.network_device.type, document.content.network_device.model) IS NOT NULL AS by_network
    FROM documents
),
named AS (
    SELECT *,
        CASE
            WHEN by_network AND device.type = 'Printer' THEN 'printer'
            WHEN by_network AND device.type = 'Phone' THEN 'phone'
            WHEN by_network AND device.type = 'Computer' THEN 'computer'
            WHEN by_network THEN 'network'
            WHEN itemtype = 'Printer' THEN 'printer'
            WHEN itemtype = 'Phone' THEN 'phone'
            WHEN itemtype = 'NetworkEquipment' THEN 'network'
            ELSE 'computer'
        END AS kind,
        lower(trim(CASE WHEN by_network THEN device.type ELSE c.hardware.chassis_type END)) AS chassis,
        firmware_text(CASE WHEN by_network THEN device.manufacturer ELSE coalesce(c.bios.smanufacturer, c.bios.mmanufacturer) END)
            AS manufacturer,
        CASE
            WHEN by_network THEN firmware_text(device.model)
            ELSE coalesce(firmware_text(c.bios.smodel), firmware_text(c.bios.mmodel))
        END AS model,
        CASE
            WHEN by_network THEN firmware_text(device.serial)
            ELSE coalesce(firmware_text(c.bios.ssn), firmware_text(c.bios.enclosureserial), firmware_text(c.bios.msn))
        END AS serial,
        NOT by_network AND coalesce(lower(c.hardware.vmsystem), 'physical') NOT IN ('physical', '') AS is_virtual,
        -- The battery of an uninterruptible power supply is of lead.
        NOT by_network AND len(list_filter(c.batteries, lambda one:
            NOT regexp_matches(lower(concat_ws(' ', one.chemistry, one.name)), 'lead|pbac|\bups\b|back-ups|smart-ups|onduleur')
        )) > 0 AS has_battery
    FROM said
),
worded AS (
    SELECT n.*, w.label, w.form,
        row_number() OVER (PARTITION BY n.kind, n.model, coalesce(n.serial, 'file ' || n.file) ORDER BY n.partial, n.file) AS turn
    FROM named n
    LEFT JOIN device_words w ON w.written = n.chassis AND w.kind = CASE WHEN n.by_network THEN 'network' ELSE 'chassis' END
)
SELECT
    file, kind, c, tag, manufacturer, model, serial, is_virtual, by_network, form, has_battery, has_battery AND form = 'desktop' AS odd_battery,
    CASE
        WHEN kind = 'phone' AND NOT by_network THEN 'Smartphone'
        WHEN kind = 'printer' THEN 'Imprimante'
        -- A battery says what the chassis does not; it contradicts a desktop, whose model decides then.
        WHEN has_battery AND label IS NULL AND kind = 'computer' THEN 'Laptop'
        WHEN has_battery AND form = 'desktop' THEN NULL
        ELSE label
    END AS label,
    CASE WHEN partial THEN why_left('partial') WHEN turn > 1 THEN why_left('seen') END AS left_because
FROM worded;

-- Screens: the panel of a laptop or of an all-in-one gives its inches to the computer, and is no monitor.
CREATE OR REPLACE TEMP TABLE seen_screens AS
WITH plugged AS (
    SELECT m.file, m.tag, m.form, m.is_virtual, m.left_because AS machine_left, unnest(m.c.monitors) AS one
    FROM machines m
    WHERE m.kind = 'computer'
),
decoded AS (
    SELECT
        p.file, p.tag, p.form, p.is_virtual, p.machine_left, s.inches, s.maker_id, s.name = '' AS nameless,
        coalesce(k.manufacturer, nullif(trim(p.one.manufacturer), ''), s.maker_id) AS manufacturer,
        coalesce(nullif(s.name, ''), nullif(trim(p.one.name), ''), nullif(trim(p.one.caption), '')) AS model,
        coalesce(firmware_text(p.one.serial), firmware_text(s.serial)) AS serial,
        coalesce(k.panel = 'yes', false) AS by_panel_maker
    FROM plugged p
    LEFT JOIN screens s ON s.base64 = p.one.base64
    LEFT JOIN edid_makers k ON k.maker_id = s.maker_id
)
SELECT *,
    by_panel_maker
        OR (form = 'portable' AND inches <= 18.4 AND (serial IS NULL OR nameless))
        OR (form = 'all_in_one' AND (serial IS NULL OR nameless)) AS is_panel
FROM decoded;

CREATE OR REPLACE TEMP TABLE inventory_computer AS
WITH panels AS (
    SELECT file, max(inches) AS inches FROM seen_screens WHERE is_panel GROUP BY file
)
SELECT row_number() OVER (ORDER BY m.file) AS line, m.label, m.manufacturer, m.model, m.serial,
    CAST(p.inches AS VARCHAR) AS inches, CASE WHEN m.has_battery THEN 'oui' END AS battery,
    CASE WHEN m.is_virtual THEN 'true' END AS virtual, m.tag, m.left_because
FROM machines m
LEFT JOIN panels p ON p.file = m.file AND m.form = 'portable'
WHERE m.kind = 'computer';

CREATE OR REPLACE TEMP TABLE inventory_monitor AS
WITH counted AS (
    SELECT *, row_number() OVER (
            PARTITION BY manufacturer, coalesce(serial, 'file ' || file || coalesce(model, '')), is_panel, machine_left IS NULL
            ORDER BY file
        ) AS turn
    FROM seen_screens
)
SELECT row_number() OVER (ORDER BY file, is_panel, model, serial) AS line, 'Moniteur' AS label, manufacturer, model, serial,
    CAST(inches AS VARCHAR) AS inches, CAST(NULL AS VARCHAR) AS battery, CAST(NULL AS VARCHAR) AS virtual, tag,
    CASE
        WHEN is_virtual THEN why_left('virtual')
        WHEN machine_left IS NOT NULL THEN machine_left
        WHEN is_panel THEN why_left('panel')
        WHEN turn > 1 AND serial IS NOT NULL THEN why_left('seen')
    END AS left_because
FROM counted;

-- Printers: those that the network tells, and those that a computer knows by their serial number; the others are queues.
CREATE OR REPLACE TEMP TABLE inventory_printer AS
WITH all_printers AS (
    SELECT file, 0 AS place, tag, manufacturer, model, serial, left_because FROM machines WHERE kind = 'printer'
    UNION ALL
    SELECT file, 1, tag, NULL, coalesce(nullif(trim(one.driver), ''), one.name), firmware_text(one.serial), left_because
    FROM (SELECT file, tag, left_because, unnest(c.printers) AS one FROM machines WHERE kind = 'computer')
),
counted AS (
    SELECT *, row_number() OVER (PARTITION BY coalesce(serial, 'file ' || file || place) ORDER BY place, file) AS turn
    FROM all_printers
)
SELECT row_number() OVER (ORDER BY place, file, model) AS line, 'Imprimante' AS label, manufacturer, model, serial,
    CAST(NULL AS VARCHAR) AS inches,
    CAST(NULL AS VARCHAR) AS battery, CAST(NULL AS VARCHAR) AS virtual, tag,
    CASE
        WHEN left_because IS NOT NULL THEN left_because
        WHEN place = 1 AND serial IS NULL THEN why_left('queue')
        WHEN turn > 1 AND serial IS NOT NULL THEN why_left('seen')
    END AS left_because
FROM counted;

CREATE OR REPLACE TEMP TABLE inventory_phone AS
SELECT row_number() OVER (ORDER BY file) AS line, label, manufacturer, model, serial, CAST(NULL AS VARCHAR) AS inches,
    CAST(NULL AS VARCHAR) AS battery,
    CAST(NULL AS VARCHAR) AS virtual, tag, left_because
FROM machines WHERE kind = 'phone';

-- Network equipment; the members of a stack that have serial numbers of their own are each a thing.
CREATE OR REPLACE TEMP TABLE inventory_network AS
WITH members AS (
    SELECT m.file, list_filter(m.c.network_components, lambda one:
            one.type = 'chassis' AND firmware_text(one.serial) IS NOT NULL) AS chassis
    FROM machines m WHERE m.kind = 'network'
),
things AS (
    SELECT m.file, m.label, m.tag, m.manufacturer, m.model, m.serial, m.left_because
    FROM machines m JOIN members s ON s.file = m.file WHERE m.kind = 'network' AND coalesce(len(s.chassis), 0) < 2
    UNION ALL
    SELECT file, label, tag, manufacturer, coalesce(firmware_text(one.model), model), firmware_text(one.serial), left_because
    FROM (
        SELECT m.file, m.label, m.tag, m.manufacturer, m.model, m.left_because, unnest(s.chassis) AS one
        FROM machines m JOIN members s ON s.file = m.file WHERE m.kind = 'network' AND len(s.chassis) > 1
    )
),
counted AS (
    SELECT *, row_number() OVER (PARTITION BY coalesce(serial, 'file ' || file || coalesce(model, '')) ORDER BY file) AS turn
    FROM things
)
SELECT row_number() OVER (ORDER BY file, serial) AS line, label, manufacturer, model, serial, CAST(NULL AS VARCHAR) AS inches,
    CAST(NULL AS VARCHAR) AS battery,
    CAST(NULL AS VARCHAR) AS virtual, tag,
    CASE WHEN left_because IS NOT NULL THEN left_because WHEN turn > 1 AND serial IS NOT NULL THEN why_left('seen') END
        AS left_because
FROM counted;
