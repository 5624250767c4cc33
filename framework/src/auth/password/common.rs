//! The passwords that are guessed first.
//!
//! A list of leaked passwords that are long enough is a list of combinations: `passwordpassword`, `iloveyouforever`, `qwertyuiop12345`. So
//! instead of some thousands of them there are their parts: words, runs of the keyboard and the alphabet, repetitions, years. A password
//! of at most three parts is refused, where any other character is a part of its own, and up to four digits at the end are one. So are all passwords that differ from such a one in
//! capital letters or in digits for letters (`p4ssw0rd`).

/// The largest number of parts of a password that is guessed.
const PARTS: usize = 3;

/// The reason for which a password is guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// It is made of what everybody uses.
    Common,
    /// It is made of that, and of a word of the application or the person.
    Context,
}

/// Keys beside each other, and letters and digits in order. They count in both directions.
const RUNS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qazwsxedcrfvtgbyhnujmikolp",
    "!@#$%^&*()",
    "147258369",
    "13579",
    "24680",
];

/// Words of which passwords are made, in lower case.
const WORDS: &str = "\
password passwort passwd pass word admin administrator root user login welcome letmein let me in master secret access private default \
changeme change temp test testing guest system server computer internet google facebook windows microsoft samsung apple iphone android \
hello hallo hola bonjour goodbye love lover lovely loveyou iloveyou iloveu ilove you forever always never everyone baby babygirl babyboy \
girl boy man woman mother father mom dad sister brother family friend friends bestfriend sweet sweetheart sweetie honey darling angel \
angels heart princess prince queen king princesa amor teamo mi my the and is are am was not for with this that one two three four \
five six seven eight nine ten zero hundred million sunshine sun moon star stars sky rainbow flower flowers rose roses daisy lily \
butterfly summer winter spring autumn fall monday tuesday wednesday thursday friday saturday sunday january february march april may \
june july august september october november december christmas birthday happy lucky smile crazy cool super superman batman spiderman \
ironman hulk pokemon pikachu naruto sasuke dragon dragonball goku ninja samurai warrior knight wizard magic matrix starwars jedi vader \
skywalker startrek harrypotter potter hermione gandalf hobbit frodo monkey tiger lion eagle falcon wolf bear panda dolphin shark \
horse cat cats dog dogs puppy kitty kitten bird fish duck chicken cow pig snake spider cheese chocolate cookie cookies banana apple \
orange cherry peach pepper ginger sugar candy butter bread pizza burger coffee beer vodka whiskey whisky wine water coke pepsi football \
soccer baseball basketball hockey tennis golf rugby cricket liverpool chelsea arsenal manchester united barcelona realmadrid juventus \
yankees cowboys steelers lakers packers eagles patriots ferrari porsche mercedes bmw audi honda toyota nissan ford mustang corvette \
camaro harley yamaha suzuki michael jordan jessica jennifer michelle nicole ashley amanda daniel david andrew anthony matthew joshua \
robert thomas charlie george james john joseph william richard christopher alexander alexandra benjamin samantha elizabeth stephanie \
patrick jonathan nicholas brandon justin jason kevin brian eric steven maria anna sophie laura sarah hannah emily victoria charlotte \
olivia emma thunder lightning storm fire ice snow shadow ghost killer hunter hunter2 death devil demon hell heaven god jesus christ church \
bible amen blessed faith hope peace freedom liberty america american canada london paris berlin newyork california texas florida chicago \
boston dallas denver phoenix england germany france italy spain india brazil mexico russia china japan australia house home door window \
table chair phone mobile number money dollar cash rich poor gold golden silver diamond diamonds crystal platinum black white red blue green \
yellow purple pink brown gray grey orange big small little long short hot cold new old young good bad best first last great awesome \
beautiful pretty sexy fuck fucker fuckyou shit bitch asshole pussy dick cock whatever nothing something anything everything nobody please \
thanks thankyou sorry remember forget forgot open sesame trustno1 trust no1 whoami mypassword newpassword oldpassword yourpassword \
thepassword passphrase qwerty azerty qwertz asdf zxcv abc abcd abc123 a1b2c3 a1b2c3d4 x y z music guitar piano drums rock rocknroll metal \
metallica nirvana slipknot eminem beatles elvis queen madonna rihanna beyonce movie movies game games gamer gaming player minecraft fortnite \
roblox callofduty counterstrike warcraft worldofwarcraft zelda mario luigi sonic playstation xbox nintendo school college university student \
teacher doctor nurse police army navy marine soldier captain pirate cowboy cowgirl rider racer racing speed turbo power energy strong \
monster creative design work job office company business manager boss team player zaq12wsx mnbvcxz lol lmao omg wtf xxx xoxo";

/// The reason for which a password is among those that are guessed first, if it is. `own` are words of the application and the person, in
/// lower case.
pub(super) fn guessed_first(password: &str, own: &[&str]) -> Option<Guess> {
    let chars: Vec<char> = password.chars().flat_map(char::to_lowercase).collect();
    if parts(&chars, &[]) <= PARTS {
        return Some(Guess::Common);
    }
    let own: Vec<Vec<char>> = own.iter().map(|word| word.chars().collect()).collect();
    (parts(&chars, &own) <= PARTS).then_some(Guess::Context)
}

/// The smallest number of parts that a password can be split into, if it is not above [`PARTS`]; otherwise a larger number.
fn parts(chars: &[char], own: &[Vec<char>]) -> usize {
    let mut least: Vec<usize> = (0..=chars.len()).collect();
    for start in 0..chars.len() {
        let count = least[start] + 1;
        if count > PARTS {
            continue;
        }
        let rest = &chars[start..];
        let mut reach = |length: usize| {
            for end in &mut least[start + 1..=start + length] {
                *end = (*end).min(count);
            }
        };
        reach(1);
        reach(run(rest));
        reach(same(rest));
        reach(repetition(chars, start));
        if is_year(rest) || (rest.len() <= 4 && rest.iter().all(char::is_ascii_digit)) {
            reach(rest.len().min(4));
        }
        // A part of a word is not the word.
        let mut reach_word = |length: usize| {
            let end = &mut least[start + length];
            *end = (*end).min(count);
        };
        for word in WORDS.split_ascii_whitespace() {
            if let Some(length) = begins_with(rest, word.chars()) {
                reach_word(length);
            }
        }
        for word in own {
            if let Some(length) = begins_with(rest, word.iter().copied()) {
                reach_word(length);
            }
        }
    }
    least[chars.len()]
}

/// The length of a word that a text begins with, letters in the guise of digits and signs included.
fn begins_with(text: &[char], word: impl Iterator<Item = char>) -> Option<usize> {
    let mut length = 0;
    for expected in word {
        let found = *text.get(length)?;
        if found != expected && !is_guise(found, expected) {
            return None;
        }
        length += 1;
    }
    Some(length)
}

fn is_guise(found: char, letter: char) -> bool {
    matches!(
        (found, letter),
        ('0', 'o')
            | ('1' | '!' | '|', 'i' | 'l')
            | ('3', 'e')
            | ('4' | '@', 'a')
            | ('5' | '$', 's')
            | ('7' | '+', 't')
            | ('8', 'b')
            | ('9', 'g')
    )
}

/// The length of the run of a keyboard or an alphabet that a text begins with; 0 if it is too short to be one.
fn run(text: &[char]) -> usize {
    let length = |run: &mut dyn DoubleEndedIterator<Item = char>, backwards: bool| {
        let run: Vec<char> = if backwards {
            run.rev().collect()
        } else {
            run.collect()
        };
        let starts = (0..run.len()).filter(|start| run.get(*start) == text.first());
        starts
            .map(|start| {
                run[start..]
                    .iter()
                    .zip(text)
                    .take_while(|(a, b)| a == b)
                    .count()
            })
            .max()
            .unwrap_or_default()
    };
    let longest = RUNS
        .iter()
        .flat_map(|run| {
            [
                length(&mut run.chars(), false),
                length(&mut run.chars(), true),
            ]
        })
        .max()
        .unwrap_or_default();
    if longest >= 3 { longest } else { 0 }
}

/// The number of equal letters, digits or signs that a text begins with; 0 if there are too few.
fn same(text: &[char]) -> usize {
    let Some(first) = text.first().filter(|c| !c.is_whitespace()) else {
        return 0;
    };
    let length = text.iter().take_while(|c| *c == first).count();
    if length >= 3 { length } else { 0 }
}

/// The length of what repeats the characters before it; 0 if that is too short.
fn repetition(chars: &[char], start: usize) -> usize {
    let rest = &chars[start..];
    let periods = 3..=start.min(rest.len());
    periods
        .rev()
        .find(|period| chars[start - period..start] == rest[..*period])
        // Further repetitions of the same are part of it.
        .map_or(0, |period| {
            let pattern = chars[start - period..start].iter().cycle();
            rest.iter().zip(pattern).take_while(|(a, b)| a == b).count()
        })
}

fn is_year(text: &[char]) -> bool {
    matches!(text, ['1', '9', a, b, ..] | ['2', '0', a, b, ..] if a.is_ascii_digit() && b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_common(password: &str) -> bool {
        guessed_first(password, &[]) == Some(Guess::Common)
    }

    #[test]
    fn attack_006_what_is_guessed_first_is_refused() {
        for password in [
            "passwordpassword",
            "PasswordPassword1",
            "P4ssw0rdP4ssw0rd",
            "123456789012345",
            "543210987654321",
            "111111111111111",
            "aaaaaaaaaaaaaaaaaaaa",
            "qwertyuiopasdfghjkl",
            "qwertyuiop12345",
            "1qaz2wsx3edc4rfv",
            "1q2w3e4r5t6y7u8i",
            "iloveyouforever",
            "iloveyouiloveyou",
            "sunshineprincess",
            "letmeinletmein123",
            "liverpoolfootball",
            "abcdefghijklmnop",
            "summer2024summer2024",
            "password1234567890",
            "qwertyqwertyqwerty",
            "!@#$%^&*()!@#$%^&*()",
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn at_least_3000_passwords_that_are_long_enough_are_refused() {
        let words: Vec<&str> = WORDS
            .split_ascii_whitespace()
            .filter(|word| word.len() >= 6)
            .collect();
        let pairs = words.iter().flat_map(|first| {
            let pair = move |second: &&str| format!("{first}{second}");
            words.iter().take(40).map(pair)
        });
        let refused = pairs.filter(|password| password.chars().count() >= 15);
        let mut count = 0;
        for password in refused.take(3_000) {
            assert!(is_common(&password), "{password}");
            count += 1;
        }
        assert_eq!(count, 3_000);
    }

    #[test]
    fn what_takes_more_than_three_parts_is_accepted() {
        for password in [
            "correct horse battery staple",
            "my cat eats at 7 o'clock",
            "kp2-vmq9-xwz7t-q",
            "zebra-lantern-42-quay",
            "wqzmvkbtnxrjhgp",
        ] {
            assert!(!is_common(password), "{password}");
        }
    }

    #[test]
    fn the_longest_password_takes_no_time() {
        let begin = std::time::Instant::now();
        for text in ["ab", "zq7", "🔒x"] {
            let longest: String = text.chars().cycle().take(256).collect();
            guessed_first(&longest, &["framewright"]);
        }
        assert!(begin.elapsed() < std::time::Duration::from_secs(1));
    }
}
