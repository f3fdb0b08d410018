//! The security policies of load balancers: the oldest version of TLS that each accepts.
//!
//! Source: `data/tls-policies.txt` (package, version and date in its header), made by
//! `tools/generate-tls-policies.py`. AWS adds policies and does not change those it has: one that is not in the table is
//! newer than the table, or no policy.

use std::fmt;

/// A version of TLS, older before newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TlsVersion {
    /// 1999; deprecated by RFC 8996.
    Tls10,
    /// 2006; deprecated by RFC 8996.
    Tls11,
    /// 2008.
    Tls12,
    /// 2018.
    Tls13,
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TlsVersion::Tls10 => "TLS 1.0",
            TlsVersion::Tls11 => "TLS 1.1",
            TlsVersion::Tls12 => "TLS 1.2",
            TlsVersion::Tls13 => "TLS 1.3",
        })
    }
}

/// The policy of a listener that CloudFormation makes without one.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
pub const DEFAULT_POLICY: &str = "ELBSecurityPolicy-2016-08";

// Written by build.rs: POLICIES, sorted by name.
include!(concat!(env!("OUT_DIR"), "/tls_policies.rs"));

/// The oldest version that a policy accepts; `None` when the table does not have it. Names are compared as AWS writes
/// them.
pub fn oldest(policy: &str) -> Option<TlsVersion> {
    let index = POLICIES.binary_search_by_key(&policy, |(name, _)| name).ok()?;
    POLICIES.get(index).map(|(_, version)| *version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_of_listeners_without_one_accepts_the_oldest_version() {
        assert_eq!(oldest(DEFAULT_POLICY), Some(TlsVersion::Tls10));
    }

    #[test]
    fn a_policy_is_found_by_its_whole_name_only() {
        assert_eq!(
            oldest("ELBSecurityPolicy-TLS13-1-2-Res-2021-06"),
            Some(TlsVersion::Tls12)
        );
        assert_eq!(oldest("ELBSecurityPolicy-TLS13-1-2"), None);
        assert_eq!(oldest("TLSv1.2_2021"), None);
    }
}
