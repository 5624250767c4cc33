//! The check of `jobs.redis_url`. Its messages do not show the URL, which may have a password.

use url::Url;

/// The mistake in the URL of a Redis server, and a hint.
pub(super) fn fault(text: &str) -> Option<(&'static str, &'static str)> {
    const FORM: &str = "write it as `redis://user:password@host:6379/0`, in which everything but the host may be left out, or `unix:///path/to/socket`; in a name or a password write `%2F` for `/`, `%40` for `@`, `%23` for `#`";

    if text.trim() != text || text.contains(char::is_control) {
        return Some((
            "it has a line break, or a blank at its start or end",
            "remove it; a file that a variable is filled from often ends with a line break",
        ));
    }
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme {
        "redis" | "unix" | "redis+unix" => {}
        "rediss" => {
            return Some((
                "it asks for an encrypted connection, which is not supported",
                "use a private network, or a tunnel (such as `stunnel`) to the server",
            ));
        }
        _ => return Some(("it is not the address of a Redis server", FORM)),
    }
    let Ok(url) = Url::parse(text) else {
        return Some(("it cannot be read", FORM));
    };
    if url.fragment().is_some() {
        return Some(("it has a `#`", FORM));
    }
    if scheme != "redis" {
        return (url.path().len() < 2).then_some(("it names no socket", FORM));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Some(("it names no host", FORM));
    }
    let database = url.path().trim_matches('/');
    let is_number = database.is_empty() || database.parse::<u32>().is_ok();
    (!is_number).then_some((
        "what follows the host is not the number of a database",
        FORM,
    ))
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn addresses_of_redis_servers_are_accepted() {
        for url in [
            "redis://localhost",
            "redis://:secret@localhost:6380/3",
            "redis://app:s%40cret@[::1]:6379",
            "unix:///run/redis.sock",
        ] {
            assert_eq!(fault(url), None, "{url}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (url, expected) in [
            ("localhost:6379", "not the address"),
            ("postgres://localhost/app", "not the address"),
            ("rediss://:hunter2@host", "encrypted"),
            ("redis://:hunter2@host\n", "line break"),
            ("redis://:hun#ter2@host", "cannot be read"),
            ("redis://:hunter2@host/app", "number of a database"),
            ("redis://", "host"),
            ("unix://", "socket"),
        ] {
            let (message, hint) = fault(url).unwrap_or_else(|| panic!("{url} is wrong"));
            assert!(message.contains(expected), "{url}: {message}");
            assert!(!format!("{message}{hint}").contains("hunter2"));
        }
    }
}
