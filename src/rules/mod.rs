//! The rule table.

use std::sync::LazyLock;

use crate::diag::Severity;
use crate::rule::declared::Declaration;
use crate::rule::{Category, Check, Docs, Profile, Rule, Safety};

/// Declares the module of every rule and fills the table: a rule is one file and its name here.
macro_rules! rules {
    ($($category:ident { $($rule:ident),* $(,)? })*) => {
        $(
            #[doc = concat!("Rules of the category `", stringify!($category), "`.")]
            pub mod $category {
                $(pub mod $rule;)*
            }
        )*

        /// The rules written in Rust.
        static NATIVE: &[&Rule] = &[$($(&$category::$rule::RULE),*),*];
    };
}

/// Names the rules that are files, `rules/<name>.yaml`, in the order of the catalogue.
macro_rules! declared {
    ($($rule:literal),* $(,)?) => {
        const NAMES: &[&str] = &[$($rule),*];
    };
}

include!(concat!(env!("OUT_DIR"), "/declared_rules.rs"));

declared! {
    "security-group-rule-description-missing",
    "security-group-egress-unrestricted",
    "message-customer-key-missing",
    "secret-customer-key-missing",
    "secret-rotation-missing",
    "health-check-grace-period-missing",
    "tags-not-propagated",
    "platform-version-pinned",
    "writable-root-filesystem",
    "efs-transit-unencrypted",
    "privileged-container",
    "container-health-check-missing",
    "efs-encryption-disabled",
    "efs-backup-disabled",
    "runtime-platform-unspecified",
    "load-balancer-deletion-protection-disabled",
    "network-load-balancer-without-security-group",
    "plaintext-target-group",
    "ecr-mutable-tags",
    "ecr-customer-key-missing",
    "ecr-lifecycle-policy-missing",
    "trail-misconfigured",
    "config-recorder-incomplete",
    "log-group-customer-key-missing",
    "log-delivery-mode-unset",
    "alarm-without-action",
    "stateful-without-retention",
    "deployment-rollback-disabled",
    "codebuild-privileged",
}

/// Every rule, by category in the order of the catalogue.
pub static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let declared = NAMES.iter().filter_map(|name| {
        let at = DECLARED.binary_search_by_key(name, |rule| rule.name).ok()?;
        DECLARED.get(at)
    });
    let mut all: Vec<&'static Rule> = NATIVE.iter().copied().chain(declared).collect();
    all.sort_by_key(|rule| rule.category);
    all
});

rules! {
    network {
        task_in_public_subnet,
        task_public_ip,
        task_without_egress_path,
        missing_vpc_endpoint,
        nat_gateway_in_private_subnet,
        subnet_role_mismatch,
        single_az_tasks,
        vpc_flow_logs_missing,
        subnet_auto_assign_public_ip,
        shared_nat_across_zones,
        subnet_ip_exhaustion,
    }
    security_group {
        task_ingress_not_from_load_balancer,
        task_open_to_world,
        load_balancer_cannot_reach_task,
        task_ingress_too_wide,
        default_security_group_used,
        load_balancer_opens_unused_port,
        admin_port_open,
        load_balancer_shares_task_group,
        internal_load_balancer_open_to_world,
        load_balancer_bypasses_cdn,
        task_egress_blocks_dependency,
    }
    iam {
        administrator_access,
        shared_task_and_execution_role,
        elevated_managed_policy,
        unscoped_secret_access,
        passrole_unscoped,
        wildcard_resource,
        wildcard_action,
        execution_role_overprivileged,
        public_trust_policy,
        wrong_trust_principal,
        cloudformation_role_overprivileged,
        unscoped_data_access,
        privilege_escalation,
        role_shared_across_services,
        pipeline_role_overprivileged,
        confused_deputy,
        broken_source_condition,
        inverted_policy_element,
        run_task_unscoped,
        long_lived_credential,
        oidc_trust_unscoped,
    }
    secrets {
        plaintext_secret_in_environment,
        secret_resolved_into_environment,
        hardcoded_credential,
        secret_parameter_exposed,
        literal_secret_value,
    }
    service {
        container_target_mismatch,
        missing_listener_dependency,
        circuit_breaker_disabled,
        service_not_load_balanced,
        launch_settings_conflict,
        execute_command_broken,
        single_task_service,
        desired_count_fights_autoscaling,
        autoscaling_target_mismatch,
        no_autoscaling,
        unsafe_deployment_percentages,
        deployment_controller_mismatch,
        spot_only_capacity,
    }
    task {
        container_runs_as_root,
        insecure_network_mode,
        host_namespace_shared,
        sensitive_host_mount,
        dangerous_capability,
        execution_role_lacks_permission,
        execution_role_missing,
        invalid_container_wiring,
        fargate_unsupported_setting,
        invalid_resource_limits,
        task_role_missing,
    }
    load_balancer {
        target_type_mismatch,
        plaintext_listener,
        target_group_not_attached,
        load_balancer_single_zone,
        load_balancer_scheme_subnet_mismatch,
        health_check_not_configured,
        weak_tls_policy,
        access_logs_disabled,
        unsafe_http_handling,
        waf_not_associated,
        vpc_mismatch,
    }
    image {
        mutable_image_tag,
        ecr_scan_disabled,
        ecr_public_access,
        unauthenticated_public_image,
    }
    observability {
        container_logging_missing,
        exec_session_not_logged,
        container_insights_disabled,
        log_configuration_broken,
        log_retention_missing,
        service_alarms_missing,
        tracing_missing,
    }
    capacity {
        container_instance_public,
        instance_metadata_reachable,
        scale_in_kills_tasks,
        instance_role_overprivileged,
    }
    template {
        syntax_error,
        missing_template,
        unresolved_reference,
        nested_parameter_mismatch,
        missing_nested_output,
        unmatched_import,
        circular_dependency,
        explicit_physical_name,
        hardcoded_environment_value,
        untyped_resource_parameter,
        monolithic_template,
        unused_suppression,
        expired_suppression,
        unknown_suppression,
        unexplained_suppression,
        misplaced_suppression,
        forbidden_suppression,
        overlong_suppression,
    }
    delivery {
        deploy_without_change_set,
        pipeline_plaintext_credential,
        codedeploy_target_mismatch,
        no_pre_production_stage,
    }
}

/// The rule with this name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name).copied()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::rule::declared;
    use crate::source::FileId;

    #[test]
    fn every_built_in_file_is_a_rule_and_reads_as_a_file_of_a_user() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        for rule in &DECLARED {
            let text = fs::read_to_string(folder.join(rule.name).with_extension("yaml")).unwrap();
            let read = declared::read(FileId(0), &text).unwrap_or_else(|problems| panic!("{problems:?}"));
            let words = |rule: &Rule| {
                format!(
                    "{:?}",
                    Rule {
                        check: Check::Suppressions,
                        ..rule.clone()
                    }
                )
            };
            assert_eq!(words(rule), words(read));
            let types = |rule: &Rule| match &rule.check {
                Check::Declared(declaration) => declaration.types,
                _ => panic!("{} is no file", rule.name),
            };
            assert_eq!(types(rule), types(read), "{}", rule.name);
            assert!(find(rule.name).is_some(), "{} is not in the table", rule.name);
            assert_ne!(rule.category, Category::Custom, "{}", rule.name);
        }
        assert_eq!(NAMES.len(), DECLARED.len());
    }

    #[test]
    fn no_two_rules_share_a_name() {
        let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        assert!(names.len() > NATIVE.len());
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }
}
