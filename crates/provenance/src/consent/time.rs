//! A moment of the calendar, in whole seconds.
//!
//! Grants, lists and the log tell time in seconds since 1970 in UTC: one integer, the same in CBOR and in JSON, without time
//! zones to lose. Everything below the outermost function takes "now" as an argument, so that tests can set it.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01 00:00 UTC, without leap seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub u64);

/// Seconds of a day.
pub const DAY_S: u64 = 86_400;

impl Time {
    /// What this machine's clock says.
    pub fn now() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }

    /// So many seconds later.
    pub fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Midnight UTC at the start of a day written as 2026-11-30; none if there is no such day.
    pub fn of_date(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let shape = (year.len(), month.len(), day.len()) == (4, 2, 2) && parts.next().is_none();
        let days = days_from_civil(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        let time = Self(u64::try_from(days).ok()?.checked_mul(DAY_S)?);
        // A day that does not exist, such as 30 February, comes back as another one.
        (shape && time.date() == text).then_some(time)
    }

    /// The day in UTC: 2026-11-30.
    pub fn date(self) -> String {
        let (year, month, day) = civil_from_days(self.0 / DAY_S);
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// RFC 3339: 2026-11-30T09:15:00Z.
    pub fn rfc3339(self) -> String {
        let second = self.0 % DAY_S;
        format!("{}T{:02}:{:02}:{:02}Z", self.date(), second / 3600, second / 60 % 60, second % 60)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minute = self.0 % DAY_S / 60;
        write!(f, "{} {:02}:{:02} UTC", self.date(), minute / 60, minute % 60)
    }
}

/// Days since 1970-01-01 of a day of the Gregorian calendar: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse, from the same source.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse_and_known_days_fall_where_calendars_say() {
        assert_eq!(Time(0).rfc3339(), "1970-01-01T00:00:00Z");
        assert_eq!(Time(951_782_400).date(), "2000-02-29");
        assert_eq!(Time(1_000_000_000).to_string(), "2001-09-09 01:46 UTC");
        for days in (0..60_000).step_by(7) {
            let time = Time(days * DAY_S);
            assert_eq!(Time::of_date(&time.date()), Some(time));
        }
    }

    #[test]
    fn a_day_that_does_not_exist_is_no_date() {
        for text in ["2026-02-30", "2026-13-01", "2026-1-1", "26-01-01", "1969-12-31", "", "2026-01-01-01"] {
            assert_eq!(Time::of_date(text), None, "{text}");
        }
    }
}
