//! Masking of secrets in a configuration.

/// The words that make a key secret wherever they occur in its name.
const SECRET_WORDS: [&str; 7] = [
    "password",
    "passphrase",
    "secret",
    "token",
    "key",
    "credential",
    "dsn",
];

const MASK: &str = "***";

/// Returns true if the value of a dotted key is secret, by the last part of the key.
pub(super) fn is_secret(key: &str) -> bool {
    let name = key.rsplit('.').next().unwrap_or(key).to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// The masked value of a key: `***` for a secret, and a URL without its password.
pub(super) fn value(key: &str, value: &str) -> String {
    if is_secret(key) && !value.is_empty() {
        MASK.to_owned()
    } else {
        url(value)
    }
}

/// Returns true if a text is a URL with a password in it.
pub(in crate::config) fn has_password(text: &str) -> bool {
    url(text) != text
}

/// Masks the password of a URL: `postgres://user:***@host/db`. A text without a password stays as it is.
///
/// A password with characters that should be escaped (`/`, `?`, `@`) is masked too, so this errs on the safe side.
fn url(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let masked = match rest.rsplit_once('@') {
        Some((login, place)) => match login.split_once(':') {
            Some((user, password)) if !password.is_empty() => {
                format!("{user}:{MASK}@{}", query(place))
            }
            _ => format!("{login}@{}", query(place)),
        },
        None => query(rest),
    };
    format!("{scheme}://{masked}")
}

/// Masks `?password=…` and its like.
fn query(place: &str) -> String {
    let Some((path, query)) = place.split_once('?') else {
        return place.to_owned();
    };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if is_secret(name) && !value.is_empty() => format!("{name}={MASK}"),
        _ => pair.to_owned(),
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_only_the_password_of_a_url() {
        let cases = [
            (
                "postgres://user:pass@host:5432/db",
                "postgres://user:***@host:5432/db",
            ),
            (
                "postgres://user:p@ss/w?rd@host/db",
                "postgres://user:***@host/db",
            ),
            ("postgres://user@host/db", "postgres://user@host/db"),
            ("postgres://user:@host/db", "postgres://user:@host/db"),
            (
                "postgres://host/db?sslmode=require&password=x",
                "postgres://host/db?sslmode=require&password=***",
            ),
            (
                "sqlite://data/app.db?mode=rwc",
                "sqlite://data/app.db?mode=rwc",
            ),
            ("sqlite::memory:", "sqlite::memory:"),
            ("default-src 'none'", "default-src 'none'"),
        ];
        for (text, shown) in cases {
            assert_eq!(value("database.url", text), shown);
            assert_eq!(has_password(text), text != shown);
        }
    }

    #[test]
    fn a_secret_name_hides_the_value() {
        assert_eq!(value("app.mail.password", "x"), "***");
        assert_eq!(value("app.API_TOKEN", "x"), "***");
        assert_eq!(value("app.token", ""), "", "nothing is no secret");
        assert_eq!(value("app.password.length", "12"), "12");
    }
}
