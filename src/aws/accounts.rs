//! Accounts that belong to AWS and that templates must name.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>

include!(concat!(env!("OUT_DIR"), "/elb_log_accounts.rs"));

/// True for the accounts from which Elastic Load Balancing writes access logs into buckets.
pub fn writes_access_logs(account: &str) -> bool {
    LOG_ACCOUNTS.binary_search(&account).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_of_the_load_balancers_are_known() {
        assert!(writes_access_logs("127311923021"));
        assert!(writes_access_logs("054676820928"));
        assert!(!writes_access_logs("111122223333"));
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(LOG_ACCOUNTS.is_sorted());
    }
}
