//! What the system has to give.

/// Bytes that a program may take without others having to go (`MemAvailable`); `None` where the system does not tell.
pub(crate) fn available_bytes() -> Option<u64> {
    parsed(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn parsed(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::parsed;

    #[test]
    fn the_systems_own_figure_is_read_in_bytes() {
        let told = "MemTotal:       24585908 kB\nMemFree:          812 kB\nMemAvailable:   22001664 kB\n";
        assert_eq!(parsed(told), Some(22_001_664 * 1024));
        assert_eq!(parsed("MemTotal: 1 kB\n"), None);
    }
}
