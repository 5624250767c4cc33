shop = Laden
posts-created = Beitrag { $id } gespeichert
problems = Bitte prüfen:
posts-none = Es gibt keine.
posts-count = { $count } Beiträge
views-state =
    .draft = Entwurf
    .public = Öffentlich
choices-too-many = Es gibt mehr als { $most }.
problem-required = muss angegeben werden
problem-invalid = ist nicht richtig
problem-invalid_type = { $kind ->
    [number] muss eine Zahl sein
   *[other] ist nicht richtig geschrieben
}
problem-invalid_value = ist keine der Möglichkeiten
problem-too_short = { $min ->
    [1] darf nicht leer sein
   *[other] muss mindestens { $min } Zeichen haben
}
problem-too_long = darf höchstens { $max } Zeichen haben
problem-too_small = muss mindestens { $min } sein
problem-too_large = darf höchstens { $max } sein
problem-not_unique = ist schon vergeben
problem-not_found = gibt es nicht
problem-changed_meanwhile = wurde inzwischen geändert
