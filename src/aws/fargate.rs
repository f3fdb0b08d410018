//! The sizes of Fargate tasks, and how amounts of CPU and memory are written.
//!
//! Source: `data/fargate-sizes.txt`, by way of the package and of the date in its header; made by
//! `tools/generate-fargate-sizes.py`. AWS adds sizes: what the table does not have is not refused for that alone.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>

// Written by build.rs: SIZES, CPU units with amounts of memory in MiB, both ascending; SIZES_OF, the date of the data.
include!(concat!(env!("OUT_DIR"), "/fargate_sizes.rs"));

/// CPU units of a vCPU, and MiB of a GB, as ECS counts both.
const UNITS: u64 = 1024;

/// Whether Fargate has a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// It has.
    Known,
    /// It has no size with this amount of CPU.
    NoSuchCpu,
    /// It has sizes with this amount of CPU, with these amounts of memory in MiB; never empty.
    OtherMemory(&'static [u64]),
    /// The table does not have it, but a newer one may: it lies at or beyond the largest amount of CPU, whose sizes are
    /// the newest.
    Beyond,
}

/// The day of the table, as `2026-10-20`.
pub fn date() -> &'static str {
    SIZES_OF
}

/// Whether Fargate has a size of so many CPU units and MiB.
pub fn size(cpu: u64, memory: u64) -> Size {
    let largest = SIZES.last().map_or(0, |(cpu, _)| *cpu);
    match SIZES.iter().find(|(known, _)| *known == cpu) {
        Some((_, all)) if all.contains(&memory) => Size::Known,
        Some((_, all)) if cpu < largest || all.first().is_some_and(|least| memory < *least) => {
            Size::OtherMemory(all)
        }
        Some(_) => Size::Beyond,
        None if cpu < largest => Size::NoSuchCpu,
        None => Size::Beyond,
    }
}

/// The CPU units of `256` or `.25 vCPU`.
pub fn cpu_units(text: &str) -> Option<u64> {
    amount(text, "vcpu")
}

/// The MiB of `512` or `0.5 GB`.
pub fn mebibytes(text: &str) -> Option<u64> {
    amount(text, "gb")
}

/// A whole number, or a decimal one of a unit, which is given in lower case.
fn amount(text: &str, unit: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let Some(number) = text.strip_suffix(unit) else {
        return text.parse().ok();
    };
    let number = number.trim_end();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && decimals.is_empty() {
        return None;
    }
    let digits = |text: &str| match text {
        "" => Some(0),
        text => text.parse::<u64>().ok(),
    };
    let scale = 10_u64.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let parts = digits(decimals)?.checked_mul(UNITS)?;
    let rest = (parts % scale == 0).then_some(parts / scale)?;
    digits(whole)?.checked_mul(UNITS)?.checked_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_and_the_newest_size_are_there() {
        assert_eq!(size(256, 512), Size::Known);
        assert_eq!(size(32_768, 249_856), Size::Known);
        assert_eq!(size(16_384, 40_960), Size::Known);
    }

    #[test]
    fn a_size_is_refused_only_where_no_newer_table_could_have_it() {
        assert_eq!(size(256, 4096), Size::OtherMemory(&[512, 1024, 2048]));
        assert_eq!(size(300, 512), Size::NoSuchCpu);
        assert!(matches!(size(32_768, 512), Size::OtherMemory(_)));
        assert_eq!(size(32_768, 131_072), Size::Beyond);
        assert_eq!(size(65_536, 131_072), Size::Beyond);
    }

    #[test]
    fn amounts_are_numbers_or_have_a_unit() {
        assert_eq!(cpu_units("1024"), Some(1024));
        assert_eq!(cpu_units(".25 vCPU"), Some(256));
        assert_eq!(cpu_units("1vcpu"), Some(1024));
        assert_eq!(mebibytes("0.5 GB"), Some(512));
        assert_eq!(mebibytes("2GB"), Some(2048));
        for text in ["", "GB", ".", "vCPU", "512 MiB", "-1", "0.333 GB"] {
            assert_eq!(mebibytes(text), None, "{text}");
        }
    }

    #[test]
    fn the_date_is_one() {
        assert_eq!(date().split('-').count(), 3);
    }
}
