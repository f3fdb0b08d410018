//! The current day, by which suppressions expire, and the time that a run takes.

use std::env;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::exit::Failure;
use crate::lint::suppression::date;

/// The time since this was asked for first.
pub(super) fn running() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// The day in UTC: `ECSLINT_TODAY` (YYYY-MM-DD) where it is set, else that of `SOURCE_DATE_EPOCH` (seconds), else today.
/// <https://reproducible-builds.org/specs/source-date-epoch/>
///
/// # Errors
/// When a variable is set and is no day.
pub(super) fn today() -> Result<Date, Failure> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    day(&variable, Timestamp::now)
}

fn day(variable: &dyn Fn(&str) -> Option<String>, now: fn() -> Timestamp) -> Result<Date, Failure> {
    const TODAY: &str = "ECSLINT_TODAY";
    const EPOCH: &str = "SOURCE_DATE_EPOCH";
    if let Some(text) = variable(TODAY) {
        return date(&text).ok_or_else(|| {
            Failure::usage(format!("{TODAY}: `{text}` is not a date")).help("write it as YYYY-MM-DD")
        });
    }
    let instant = match variable(EPOCH) {
        Some(text) => text
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(|| {
                Failure::usage(format!("{EPOCH}: `{text}` is not a number of seconds since 1970"))
            })?,
        None => now(),
    };
    Ok(instant.to_zoned(TimeZone::UTC).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[(&str, &str)]) -> Result<String, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        day(&variable, || Timestamp::UNIX_EPOCH)
            .map(|day| day.to_string())
            .map_err(|failure| failure.message)
    }

    #[test]
    fn the_environment_may_set_the_day() {
        assert_eq!(told(&[]).unwrap(), "1970-01-01");
        assert_eq!(
            told(&[("SOURCE_DATE_EPOCH", "1767225599")]).unwrap(),
            "2025-12-31"
        );
        assert_eq!(
            told(&[("SOURCE_DATE_EPOCH", "0"), ("ECSLINT_TODAY", "2027-01-31")]).unwrap(),
            "2027-01-31"
        );
        assert!(told(&[("ECSLINT_TODAY", "tomorrow")]).is_err());
        assert!(told(&[("SOURCE_DATE_EPOCH", "1e99")]).is_err());
    }
}
