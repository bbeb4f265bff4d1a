"""Every table of the catalogue with its folder: the first page of the reference."""

from __future__ import annotations

import sys

from pages import CATALOGUE, PAGES, table

# The folders of the catalogue, in the order of the page: what each one is about.
FOLDERS = {
    "equipment": "Matériels et valeurs par défaut",
    "impacts": "Critères, flux et jeux de facteurs",
    "sources": "Sources et leurs facteurs",
    "electricity": "Électricité",
    "imports": "Fichiers que l’import reconnaît",
    "models": "Modèles connus",
    "schema": "Colonnes et textes des tables qu’Estran lit",
    "method": "Méthode de calcul",
    "indicators": "Indicateurs",
    "approach": "Démarche : diagnostic, charte, plan",
    "assembly": "Séances de l’assemblée",
    "legal": "Textes légaux",
    "publication": "Publication",
    "perimeters": "Périmètres",
}

# Every file of the catalogue, `*` standing for any name: the page that shows it (none: too long or too technical, its
# name is enough), and what one of its rows is.
TABLES = {
    "schema/columns.csv": ("colonnes", "une colonne d’une table qu’Estran lit"),
    "schema/registers.csv": ("registres", "une colonne d’un registre"),
    "schema/register_names.csv": (
        "registres",
        "un registre : la colonne qui date ses lignes, celles qui les nomment, celles que le portail montre",
    ),
    "schema/choices.csv": ("lecture", "une valeur admise, les façons de l’écrire, et comment les pages la montrent"),
    "schema/free_kinds.csv": ("", "une sorte de valeurs que l’import lit dans tout texte, d’aucune colonne"),
    "schema/corrected_columns.csv": (
        "",
        "une colonne de l’inventaire que le portail propose de corriger, dans l’ordre",
    ),
    "schema/links.csv": ("", "une colonne du catalogue dont les codes sont ceux d’une autre table"),
    "schema/limits.csv": ("lecture", "une limite au-delà de laquelle un fichier est refusé, ou ses colonnes demandées"),
    "schema/personal.csv": ("lecture", "un en-tête de colonne personnelle, retirée à la lecture"),
    "imports/*.toml": ("formats", "un format de fichier : en-têtes, correspondances, pièges"),
    "imports/format_keys.csv": ("formats", "une option d’un format de fichier : où elle s’écrit, sa forme, son sens"),
    "imports/list_kinds.csv": (
        "formats",
        "une sorte de liste (ordinateurs, moniteurs…) et les types qu’elle peut contenir",
    ),
    "imports/device_words.csv": (
        "",
        "un code de châssis ou un mot d’agent, ce que la reconnaissance en lit, la forme de la machine",
    ),
    "imports/small_words.csv": ("", "un mot de liaison ou de lieu, qui ne dit rien du matériel"),
    "imports/edid_makers.csv": ("", "les trois lettres d’un fabricant d’écrans ou de dalles (EDID), et son nom"),
    "imports/left_lists.csv": ("", "les fichiers d’un outil dont rien n’est lu, et pourquoi"),
    "imports/evidence.csv": ("", "ce qui a fait reconnaître un libellé, ou manqué pour le faire"),
    "imports/header_words.csv": ("", "les mots par lesquels un en-tête nomme une colonne, dans une langue"),
    "imports/cell_kinds.csv": ("", "une sorte de cases, et les colonnes qu’elle fait deviner"),
    "imports/usual_shares.csv": ("", "la part ordinaire d’un type dans un parc : dix fois plus surprend"),
    "imports/oddities.csv": ("", "ce qui surprend dans un parc : seuil, phrase, que faire"),
    "imports/label_rules.csv": ("", "une règle qui mène d’un libellé à un type"),
    "models/makers.csv": ("", "un fabricant, les textes qui le nomment, les gammes qui le disent"),
    "models/model_words.csv": ("", "un mot d’un modèle qui ne le distingue pas, ou pas à lui seul"),
    "models/model_spellings.csv": ("", "une façon d’écrire un modèle, ramenée à une autre"),
    "models/model_forms.csv": ("", "une sorte de machine d’une source, et le type qui lui répond"),
    "models/model_details.csv": ("", "des mots d’un modèle qui précisent son type"),
    "models/model_corrections.csv": ("", "un modèle qu’une source range mal, et son vrai type"),
    "models/model_thresholds.csv": ("", "un seuil à partir duquel un modèle est tenu pour connu"),
    "models/laptop_sizes.csv": ("", "un nom de portable qui dit la taille de son écran"),
    "models/machine_types.csv": ("", "des codes de machines (Lenovo) et le type de leur série"),
    "models/model_sources.csv": ("", "le nom court d’une source de modèles, tel qu’une reconnaissance le cite"),
    "models/type_classes.csv": ("", "un type et sa classe : deux types d’une classe ne se contredisent pas"),
    "models/*_20[0-9][0-9].csv": (
        "",
        "un modèle connu, fait par `make models` des faits d’une source : type, machines vues, accord, pouces",
    ),
    "impacts/excluded.csv": ("", "un chiffre publié que le catalogue écarte, et pourquoi"),
    "imports/cloud_providers.csv": ("", "un fournisseur de nuage, ses noms et la forme de ses instances"),
    "imports/bill_units.csv": ("", "une unité d’une facture de nuage : des heures, une taille et un temps de stockage"),
    "imports/cloud_regions.csv": ("", "une région de nuage et sa zone électrique"),
    "impacts/cloud_instances.csv": ("", "un type d’instance de nuage, sa taille, son électricité par heure"),
    "impacts/cloud_shapes.csv": ("", "comment un fournisseur nomme ses types d’instance d’après leur taille"),
    "impacts/cloud_estimates.csv": ("", "ce que pèsent un vCPU et un gigaoctet d’un type d’instance que rien ne liste"),
    "impacts/cloud_pues.csv": ("", "le PUE d’une région d’un fournisseur de nuage"),
    "imports/account_flows.csv": (
        "",
        "un compte d’une collectivité, les mots qui décident, et la dépense numérique que c’est",
    ),
    "imports/service_faults.csv": ("", "ce qui est faux dans une ligne d’une facture ou d’un relevé, et que faire"),
    "imports/other_files.csv": ("", "par quoi commence un fichier qui n’est pas un tableau, et ce qu’il est"),
    "imports/supplier_words.csv": ("", "ce qui dit qu’un nom de tiers n’est pas celui d’une personne"),
    "imports/exchange_rates.csv": ("", "le cours moyen d’une monnaie dans une année"),
    "method/price_indices.csv": ("", "l’indice des prix d’une année"),
    "equipment/type_kinds.csv": ("grandeurs", "un type de matériel et la sorte que comptent les indicateurs"),
    "equipment/item_types.csv": ("types", "un type de matériel"),
    "equipment/type_details.csv": ("types", "un type plus précis, selon la taille d’écran"),
    "equipment/families.csv": ("types", "une famille de matériels ou de services"),
    "equipment/parameters.csv": (
        "defauts",
        "un paramètre : ce qu’il règle (un type, tout le bilan), ses bornes, son unité",
    ),
    "equipment/defaults.csv": (
        "defauts",
        "une valeur par défaut, générale (`*`) ou d’un type, avec sa date d’effet et sa source",
    ),
    "equipment/alternatives.csv": ("", "une autre valeur publiée d’un paramètre, montrée par `estran catalogue show`"),
    "impacts/flows.csv": ("flux", "un flux d’activité : ce qui se compte sans être un matériel"),
    "impacts/criteria.csv": ("criteres", "un critère environnemental"),
    "impacts/stages.csv": ("criteres", "une étape du cycle de vie"),
    "impacts/factor_sets.toml": ("jeux-de-facteurs", "un jeu de facteurs : une liste ordonnée de sources"),
    "impacts/equivalences.csv": ("equivalences", "un repère pour se figurer un impact"),
    "impacts/impact_units.csv": ("", "une unité d’impact qu’emploie un fournisseur, et sa conversion"),
    "electricity/zones.csv": ("zones", "une zone électrique et les noms qui la désignent"),
    "electricity/electricity.csv": ("", "le facteur d’un kilowattheure : source, zone, année, critère"),
    "sources/*/source.toml": ("sources", "une source : producteur, édition, licence, date de péremption"),
    "sources/*/factors.csv": ("", "un facteur que publie cette source : flux, étape, critère, unité, valeur"),
    "method/methods.csv": ("defauts", "une méthode de calcul"),
    "method/method_parameters.csv": ("defauts", "une valeur que fixe une méthode, ou une de ses éditions"),
    "method/uncertainty.csv": ("defauts", "l’incertitude d’une classe de qualité"),
    "method/allocation_weights.csv": (
        "defauts",
        "le poids d’une dimension dans la répartition d’un serveur (règle K3)",
    ),
    "method/measures.csv": ("manques", "une mesure à faire : ce qu’elle éclaire, et le temps qu’elle prend"),
    "method/gaps.csv": ("manques", "une sorte de manque, avec son remède"),
    "method/guards.csv": ("manques", "un garde-fou contre les doubles comptes"),
    "method/guard_patterns.csv": ("manques", "un motif qui met une ligne de côté (règle G1)"),
    "method/serial_placeholders.csv": ("manques", "un numéro de série qui n’en est pas un (règle G4)"),
    "method/ecodiag_rules.csv": (
        "",
        "une règle d’EcoDiag qui reconnaît un matériel d’après les textes de type et de modèle",
    ),
    "method/numecoeval.csv": ("", "un mot des référentiels NumEcoEval et son équivalent"),
    "indicators/indicators.csv": ("indicateurs", "un indicateur : ce qu’on divise, par quoi, dans quel périmètre"),
    "indicators/indicator_perimeters.csv": ("indicateurs", "le périmètre d’un indicateur"),
    "indicators/themes.csv": ("indicateurs", "un thème de la stratégie"),
    "indicators/quantity_tables.csv": ("grandeurs", "une table que somment les grandeurs, et ses colonnes"),
    "indicators/quantities.csv": ("grandeurs", "une grandeur nommée : une somme sur les lignes d’une table"),
    "legal/legal_rules.csv": ("compteurs", "une règle légale, sa source et ce qui n’est pas confirmé"),
    "legal/legal_counters.csv": ("compteurs", "un compteur d’une règle légale"),
    "legal/legal_thresholds.csv": ("compteurs", "un seuil légal et ses dates"),
    "legal/ghg_categories.csv": ("beges", "le poste du bilan réglementaire d’une sorte d’impact"),
    "legal/ghg_labels.csv": ("beges", "le nom d’un poste du bilan réglementaire"),
    "assembly/moments.csv": ("", "un moment où l’assemblée décide, et s’il lui faut un bilan"),
    "assembly/contradictions.csv": ("", "une contradiction cherchée avant de composer : sa phrase, que faire"),
    "assembly/objective_tests.csv": (
        "",
        "la projection, la règle légale ou la cause qui juge un indicateur d’objectif",
    ),
    "assembly/claim_words.csv": ("", "ce dont un titre d’objectif parle, et les indicateurs qui le mesurent"),
    "assembly/counted_words.csv": ("", "les mots d’un texte qui se comparent à un registre, par son indicateur"),
    "assembly/number_words.csv": ("", "un nombre écrit en lettres"),
    "assembly/assembly_outline.csv": (
        "",
        "une phrase, un tableau ou un passage d’un moment, et les documents où il va",
    ),
    "assembly/assembly_fields.csv": ("", "un passage qu’une personne écrit : la question, la longueur, la proposition"),
    "assembly/assembly_bodies.csv": (
        "",
        "une sorte de collectivité : ses noms, ce que la loi lui demande, l’envoi du rapport",
    ),
    "assembly/assembly_visas.csv": ("", "un visa, et le service qui le confirme"),
    "assembly/assembly_articles.csv": ("", "un article de délibération, et quand il se propose"),
    "assembly/approach_calendar.csv": ("", "une étape de la démarche proposée à l’assemblée"),
    "assembly/quotable_figures.csv": ("", "un chiffre national que l’on peut citer, sa date, sa source"),
    "assembly/hostile_questions.csv": ("", "une question qu’un opposant poserait, et sa réponse"),
    "assembly/action_sentences.csv": ("", "la phrase d’une action déjà menée, et les faits qu’il lui faut"),
    "approach/diagnostic.csv": ("diagnostic", "une question du diagnostic, ses cinq niveaux et ce à quoi elle mène"),
    "approach/diagnostic_workshops.csv": ("diagnostic", "un atelier du diagnostic"),
    "approach/diagnostic_facets.csv": ("diagnostic", "une facette du numérique responsable, et son atelier"),
    "approach/diagnostic_scales.csv": ("diagnostic", "une valeur d’une échelle : importance, performance"),
    "approach/priority_matrix.csv": ("diagnostic", "la priorité d’une importance et d’une performance"),
    "approach/diagnostic_columns.csv": (
        "diagnostic",
        "une colonne des questions en tableur, et les en-têtes qui la nomment",
    ),
    "approach/charter_axes.csv": ("charte", "un axe de la grille de lecture de la charte"),
    "approach/charter_targets.csv": (
        "charte",
        "une cible de la grille de lecture, et la date de celles ajoutées depuis",
    ),
    "approach/actions.csv": ("actions", "une action où piocher : ce qu’elle change, ses indicateurs, sa source"),
    "approach/action_statuses.csv": ("actions", "un statut d’action et les façons de l’écrire"),
    "approach/action_priorities.csv": ("actions", "un niveau de priorité et les façons de l’écrire"),
    "approach/lever_parameters.csv": ("actions", "ce qu’une action change, et la cause qu’une comparaison lui trouve"),
    "approach/approach_steps.csv": (
        "",
        "une étape de la démarche, et ce que l’accueil propose tant qu’elle reste à faire",
    ),
    "approach/lever_rows.csv": ("actions", "un groupe de lignes sur lesquelles une action agit"),
    "approach/plan_columns.csv": ("actions", "une colonne d’un plan en tableur, et les en-têtes qui la nomment"),
    "approach/strategy_checklist.csv": (
        "actions",
        "un élément de la liste du décret 2022-1084, facultative pour un département",
    ),
    "approach/appraisal.csv": ("instruction", "un critère d’instruction d’une demande, ses niveaux et son poids"),
    "approach/appraisal_rules.csv": ("instruction", "un seuil de l’instruction"),
    "approach/request_sizing.csv": ("instruction", "une quantité demandée pour dimensionner un service"),
    "approach/authority_kinds.csv": ("", "une sorte de collectivité, et comment elle appelle ses établissements"),
    "approach/entity_kinds.csv": ("", "une sorte d’entité, et à qui est son matériel le plus souvent"),
    "approach/owners.csv": ("", "un propriétaire de matériel"),
    "approach/start_screens.csv": ("", "un écran du début dans le portail, ses minutes et qui le remplit"),
    "approach/tasks.csv": ("", "une tâche de la démarche, le rôle qu’elle demande et son temps"),
    "approach/first_estimate.csv": (
        "",
        "un nombre demandé par la première estimation du portail, et le type qu’il compte",
    ),
    "approach/short_forms.csv": (
        "",
        "un champ d’une saisie du portail : un type compté, la quantité d’un flux, une colonne d’une table",
    ),
    "publication/open_data.csv": ("donnees-ouvertes", "une colonne d’un fichier de données ouvertes"),
    "publication/published_results.csv": ("autres-collectivites", "un résultat publié par une autre organisation"),
    "publication/published_perimeters.csv": (
        "autres-collectivites",
        "un périmètre publié, et ce qui lui répond chez nous",
    ),
    "publication/published_measures.csv": ("autres-collectivites", "ce que mesure un résultat publié"),
    "publication/notes.csv": ("", "un morceau de note du catalogue, et son anglais"),
    "publication/source_licences.csv": ("sources", "une licence de source, et le droit de rediffusion qu’elle donne"),
    "publication/licences.csv": ("donnees-ouvertes", "une licence de réutilisation"),
    "publication/words.csv": ("", "un code (cause, origine, unité…) comme les rapports l’écrivent"),
    "publication/glossary.csv": ("glossaire", "un mot du rapport, expliqué"),
    "perimeters/*.toml": ("perimetre", "un périmètre fourni"),
}


def index() -> str:
    files = {path.relative_to(CATALOGUE) for ending in ("csv", "toml") for path in CATALOGUE.rglob(f"*.{ending}")}
    wrong = {str(file) for file in files if sum(file.match(pattern) for pattern in TABLES) != 1}
    wrong |= {pattern for pattern in TABLES if not any(file.match(pattern) for file in files)}
    wrong |= {pattern.split("/")[0] for pattern in TABLES} ^ FOLDERS.keys()
    if wrong:
        sys.exit(f"docs/catalogue_tables.py: TABLES and the catalogue differ: {', '.join(sorted(wrong))}")
    lines = [
        "# Référence\n",
        "Pages écrites par `make docs` d’après les tables du catalogue : on corrige les tables, pas les pages.\n",
        *(f"- [{title}]({name}.md)" for name, (title, _make) in PAGES.items()),
        "\n## Les tables du catalogue\n",
        "Dans `src/estran/catalogue`, du texte que l’on peut lire et corriger sans programmer. Un dossier par sujet ; "
        "un nom de table ne sert qu’une fois dans tout le catalogue.\n",
    ]
    for folder, subject in FOLDERS.items():
        rows = [
            {"name": f"`{name}`", "meaning": meaning, "page": f"[{PAGES[page][0]}]({page}.md)" if page else ""}
            for name, (page, meaning) in TABLES.items()
            if name.startswith(f"{folder}/")
        ]
        lines += [f"### {subject}\n", table(rows, name="table", meaning="une ligne est…", page="page")]
    return "\n".join(lines)
