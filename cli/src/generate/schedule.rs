//! The generator `schedule`: a job that runs at its times.

use std::{borrow::Cow, time::Duration};

use clap::{ArgGroup, Args};
use heck::ToSnakeCase;
use minijinja::context;

use super::{Generator, class::class_of, job, origin, template::template};
use crate::{
    command_line,
    count::counted,
    error::CliError,
    plan::{Edit, Hook, Plan},
    project::{Project, module_name},
};

/// The Cargo feature of the framework with the time zones.
const TIME_ZONES: &str = "time-zones";

/// The arguments of `cargo fw generate schedule`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL, group = ArgGroup::new("times").args(["cron", "every"]).required(true))]
pub(super) struct Schedule {
    /// The name of the job, such as `nightly_report`
    name: String,
    /// The times as a cron expression: minute, hour, day of the month, month, day of the week; with seconds before them if there are six
    /// fields
    #[arg(long, value_name = "EXPRESSION")]
    cron: Option<String>,
    /// The interval, such as `90s`, `10m` or `1h30m`
    #[arg(long, value_name = "INTERVAL")]
    every: Option<String>,
    /// The time zone of the expression, such as `Europe/Berlin`, instead of UTC
    #[arg(long, requires = "cron")]
    zone: Option<String>,
}

const MANUAL: &str = "\
Makes `src/jobs/NAME.rs` with a test, and lists the job and its times in `src/app.rs`. Over all processes each time happens once;
`cargo fw schedule` shows the next ones.

Example:
  cargo fw generate schedule nightly_report --cron '30 2 * * *' --zone Europe/Berlin";

/// The hook with the schedule of the application.
const SCHEDULE: Hook = Hook {
    function: Cow::Borrowed("schedule"),
    signature: Cow::Borrowed("fn schedule() -> fw::scheduler::Schedule"),
    root: Cow::Borrowed("fw::scheduler::Schedule::new()"),
};

impl Generator for Schedule {
    const NAME: &'static str = "schedule";
    const ABOUT: &'static str = "Makes a background job that runs at its times";
    const EXAMPLE: Option<&'static str> = Some("nightly_report");

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        let mut args = vec![Self::NAME.to_owned(), self.name.to_snake_case()];
        for (option, value) in [
            ("--cron", &self.cron),
            ("--every", &self.every),
            ("--zone", &self.zone),
        ] {
            if let Some(value) = value {
                args.extend([option.to_owned(), value.clone()]);
            }
        }
        Ok(args)
    }

    fn key(name: &str) -> Result<String, CliError> {
        module_name(&name.to_snake_case(), Self::NAME)
    }

    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let name = self.name.to_snake_case();
        if name.is_empty() {
            return Err(CliError::usage(format!(
                "`{}` cannot be the name of a scheduled job",
                self.name
            ))
            .hint("use lower-case words with `_` between them, such as `nightly_report`"));
        }
        let module = module_name(&name, Self::NAME)?;
        let class = class_of(&module, "Job");
        let call = self.call(project, &format!("crate::jobs::{module}::{class} {{}}"))?;
        let command = command_line::generate(&self.arguments()?);
        let about = job::about(&name);
        let view = context!(name => &name, class => &class, about, command);
        let contents = template!("schedule/job.rs").render(view)?;
        let mut plan = job::plan_of(&module, &class, contents);
        plan.insert(
            "src/app.rs",
            Edit::HookCall {
                hook: SCHEDULE,
                call,
            },
        );
        plan.next = [
            (
                format!("cargo test jobs::{module}"),
                "runs the test that was made".to_owned(),
            ),
            (
                "cargo fw schedule".to_owned(),
                "shows the next times".to_owned(),
            ),
        ]
        .into();
        Ok(plan)
    }

    fn origin(project: &Project, name: &str) -> Result<Vec<String>, CliError> {
        let file = format!("src/jobs/{}.rs", Self::key(name)?);
        let source = origin::source(project, Self::NAME, name, &file)?;
        origin::read(&source)
            .filter(|args| args.first().is_some_and(|first| first == Self::NAME))
            .ok_or_else(|| origin::nothing_known(&file))
    }
}

impl Schedule {
    /// The call that adds the job to the schedule.
    fn call(&self, project: &Project, job: &str) -> Result<String, CliError> {
        if let Some(every) = &self.every {
            let seconds = interval(every)?.as_secs();
            return Ok(format!(
                ".every(std::time::Duration::from_secs({seconds}), {job})"
            ));
        }
        let cron = self.cron.as_deref().unwrap_or_default();
        check_cron(cron)?;
        let Some(zone) = self.zone.as_deref().filter(|zone| *zone != "UTC") else {
            return Ok(format!(".cron({cron:?}, {job})"));
        };
        check_zone(zone)?;
        if !project.features.iter().any(|feature| feature == TIME_ZONES) {
            return Err(CliError::failed(format!(
                "the time zone `{zone}` needs the feature `{TIME_ZONES}` of `framewright`"
            ))
            .hint(format!(
                "add `\"{TIME_ZONES}\"` to its `features` in `Cargo.toml`, and repeat the command"
            )));
        }
        Ok(format!(
            ".with(fw::scheduler::Scheduled::cron({cron:?}, {job}).zone({zone:?}))"
        ))
    }
}

/// Checks that a text looks like a cron expression, with numbers that its fields have; the rest is found out at the start, and by the
/// tests.
fn check_cron(expression: &str) -> Result<(), CliError> {
    const SHORT: &[&str] = &["@yearly", "@monthly", "@weekly", "@daily", "@hourly"];
    if SHORT.contains(&expression) {
        return Ok(());
    }
    let stray = expression
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '*' | ',' | '-' | '/' | ' '));
    let fields: Vec<&str> = expression.split_whitespace().collect();
    let reason = match stray {
        None if fields.len() == 5 || fields.len() == 6 => match impossible(&fields) {
            None => return Ok(()),
            Some(reason) => reason,
        },
        None => format!(
            "it has {} instead of 5 or 6",
            counted(fields.len(), "field", "fields")
        ),
        Some(stray) => format!("it has a `{stray}`"),
    };
    Err(CliError::usage(format!(
        "`{expression}` is no cron expression: {reason}"
    ))
    .hint("write minute, hour, day of the month, month and day of the week, as in `30 8 * * MON-FRI`"))
}

/// The reason for which fields have a number that does not exist there.
fn impossible(fields: &[&str]) -> Option<String> {
    const KINDS: [(&str, u32, u32); 6] = [
        ("second", 0, 59),
        ("minute", 0, 59),
        ("hour", 0, 23),
        ("day of the month", 1, 31),
        ("month", 1, 12),
        ("day of the week", 0, 7),
    ];
    // Without seconds the first kind is left out.
    let kinds = &KINDS[KINDS.len() - fields.len()..];
    kinds
        .iter()
        .zip(fields)
        .find_map(|((kind, from, to), field)| {
            // What comes after `/` is a step.
            let values = field.split(',').filter_map(|part| part.split('/').next());
            let mut numbers = values.flat_map(|value| value.split('-'));
            let wrong = numbers.find(|number| {
                let is_number =
                    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
                is_number
                    && !number
                        .parse()
                        .is_ok_and(|number| (*from..=*to).contains(&number))
            })?;
            Some(format!(
                "the {kind} is `{wrong}`, not a number from {from} to {to}"
            ))
        })
}

/// Checks that a text looks like the name of a time zone; whether there is one of that name is found out at the start.
fn check_zone(zone: &str) -> Result<(), CliError> {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase())
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
    };
    if zone.split('/').all(is_part) {
        Ok(())
    } else {
        Err(CliError::usage(format!("`{zone}` is no time zone"))
            .hint("write a name of the IANA database, as in `Europe/Berlin`"))
    }
}

/// The interval of a text such as `1h30m`, in whole seconds up to ten years.
fn interval(text: &str) -> Result<Duration, CliError> {
    const LONGEST: u64 = 3653 * 86_400;
    let parse = || {
        let mut rest = text;
        let mut seconds: u64 = 0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit())?;
            let number: u64 = rest[..digits].parse().ok()?;
            let unit = match rest[digits..].chars().next()? {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 86_400,
                _ => return None,
            };
            seconds = seconds.checked_add(number.checked_mul(unit)?)?;
            rest = &rest[digits + 1..];
        }
        (1..=LONGEST).contains(&seconds).then_some(seconds)
    };
    parse().map(Duration::from_secs).ok_or_else(|| {
        CliError::usage(format!("`{text}` is no interval"))
            .hint("write a number with `s`, `m`, `h` or `d`, as in `10m`; at most ten years")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_as_in_the_configuration() {
        let seconds = |text: &str| interval(text).map(|interval| interval.as_secs()).ok();
        let all = ["90s", "10m", "1h30m", "1d"].map(seconds);
        assert_eq!(all, [Some(90), Some(600), Some(5400), Some(86_400)]);
        for wrong in [
            "", "0s", "1", "m", "1x", "1.5h", "-1m", "5 m", "4000d", "1é",
        ] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn expressions_and_zones_are_checked() {
        for right in [
            "30 2 * * *",
            "*/20 * * * * *",
            "0 9 * * MON-FRI",
            "59 59 23 31 12 7",
            "0-59/70 0,23 1-31 JAN-DEC 0",
            "@daily",
        ] {
            assert!(check_cron(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "daily",
            "30 2 * *",
            "0 9 * * MON#2",
            "0 0 1 1 * * 2030",
            "60 * * * *",
            "0 25 * * *",
            "0 1-24 * * *",
            "0 0 1,32 * *",
            "0 0 0 * *",
            "0 0 1 13 *",
            "0 0 * * 8",
            "60 0 0 * * *",
            "99999999999 0 * * *",
            "@noon",
        ] {
            let report = check_cron(wrong).expect_err(wrong).report();
            assert!(!report.contains(" 1 fields"), "{report}");
            assert!(report.contains(&format!("`{wrong}`")), "{report}");
        }
        for right in [
            "Europe/Berlin",
            "America/Argentina/Buenos_Aires",
            "Etc/GMT+1",
        ] {
            assert!(check_zone(right).is_ok(), "{right}");
        }
        for wrong in ["", "europe/berlin", "Europe/", "Berlin\")"] {
            assert!(check_zone(wrong).is_err(), "{wrong}");
        }
    }
}
