account_mail-subject = { $about ->
    [registration] Schließen Sie Ihre Registrierung ab
    [invitation] Sie sind eingeladen
    [account-exists] Sie haben schon ein Konto
    [password-reset] Wählen Sie ein neues Passwort
    [password-changed] Ihr Passwort wurde geändert
    [email-change] Bestätigen Sie Ihre neue Adresse
    [email-changed] Die Adresse Ihres Kontos wurde geändert
    [second-factor-changed] Der zweite Faktor Ihres Kontos wurde geändert
    [second-factor-refused] Jemand konnte Ihren zweiten Faktor nicht zeigen
    [api-key-created] Ihr Konto hat einen weiteren API-Schlüssel
   *[token-reused] Eine Sitzung Ihres Kontos wurde beendet
}
account_mail-text = { $about ->
    [registration] Jemand will sich mit dieser Adresse registrieren. Wenn Sie das nicht waren, vergessen Sie diese Mail: Ohne den Link geschieht nichts.
    [invitation] Jemand möchte, dass Sie ein Konto haben. Wenn Sie nicht wissen, warum, vergessen Sie diese Mail: Ohne den Link geschieht nichts.
    [account-exists] Jemand wollte diese Adresse für ein Konto verwenden, und Sie haben schon eines. Wenn Sie das waren, melden Sie sich an, oder wählen Sie ein neues Passwort, falls Sie Ihres vergessen haben.
    [password-reset] Jemand will für Ihr Konto ein neues Passwort wählen. Wenn Sie das nicht waren, vergessen Sie diese Mail: Ihr Passwort bleibt, wie es ist.
    [password-changed] Alle anderen Sitzungen sind beendet. Wenn Sie das nicht waren, wählen Sie jetzt ein neues Passwort.
    [email-change] Jemand will diese Adresse für sein Konto verwenden. Wenn Sie das nicht waren, vergessen Sie diese Mail: Ohne den Link geschieht nichts.
    [email-changed] Ihr Konto hat jetzt eine andere Adresse. Wenn Sie das nicht waren, nehmen Sie sie zurück: Alle Sitzungen enden, und Sie wählen ein neues Passwort.
    [second-factor-changed] Eine App oder die Wiederherstellungscodes wurden geändert. Wenn Sie das nicht waren, wählen Sie jetzt ein neues Passwort, und sehen Sie Ihre zweiten Faktoren durch.
    [second-factor-refused] Jemand kennt Ihr Passwort und hat fünf falsche Codes eingegeben. Wenn Sie das nicht waren, wählen Sie jetzt ein neues Passwort.
    [api-key-created] Ein Programm mit diesem Schlüssel handelt für Ihr Konto, mit den Rechten des Schlüssels. Wenn Sie das nicht waren, widerrufen Sie den Schlüssel und wählen Sie jetzt ein neues Passwort.
   *[token-reused] Ein Token davon wurde zweimal verwendet; das geschieht, wenn jemand anderes es hat. Bitte melden Sie sich wieder an, und ändern Sie Ihr Passwort, wenn Sie den Grund nicht kennen.
}
account_mail-button = { $about ->
    [registration] Registrierung abschließen
    [invitation] Einladung annehmen
    [password-reset] Neues Passwort wählen
    [email-change] Adresse bestätigen
   *[other] Adresse zurücknehmen
}
account_mail-validity = { $about ->
    [password-reset] Der Link gilt einmal, 30 Minuten lang.
    [invitation] Der Link gilt einmal, 7 Tage lang.
    [email-changed] Der Link gilt einmal, 7 Tage lang.
   *[other] Der Link gilt einmal, 24 Stunden lang.
}
