//! The rule table.

use crate::rule::Rule;

/// Declares the module of every rule and fills the table: a rule is one file and its name here.
macro_rules! rules {
    ($($category:ident { $($rule:ident),* $(,)? })*) => {
        $(
            #[doc = concat!("Rules of the category `", stringify!($category), "`.")]
            pub mod $category {
                $(pub mod $rule;)*
            }
        )*

        /// Every rule, in the order of the catalogue.
        pub static RULES: &[&Rule] = &[$($(&$category::$rule::RULE),*),*];
    };
}

rules! {
    network {
        task_in_public_subnet,
        task_public_ip,
        task_without_egress_path,
        nat_gateway_in_private_subnet,
        subnet_role_mismatch,
    }
    security_group {
        task_ingress_not_from_load_balancer,
        task_open_to_world,
        load_balancer_cannot_reach_task,
        default_security_group_used,
        load_balancer_opens_unused_port,
        admin_port_open,
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
        role_shared_across_services,
        inverted_policy_element,
        long_lived_credential,
        oidc_trust_unscoped,
    }
    secrets {
        plaintext_secret_in_environment,
        secret_resolved_into_environment,
        hardcoded_credential,
    }
    service {
        container_target_mismatch,
        missing_listener_dependency,
        circuit_breaker_disabled,
        service_not_load_balanced,
        execute_command_broken,
        single_task_service,
        no_autoscaling,
        health_check_grace_period_missing,
    }
    task {
        privileged_container,
        container_runs_as_root,
        writable_root_filesystem,
        insecure_network_mode,
        host_namespace_shared,
        sensitive_host_mount,
        dangerous_capability,
        execution_role_lacks_permission,
        execution_role_missing,
        task_role_missing,
    }
    load_balancer {
        target_type_mismatch,
        plaintext_listener,
        target_group_not_attached,
        load_balancer_single_zone,
        load_balancer_scheme_subnet_mismatch,
    }
    image {
        mutable_image_tag,
    }
    observability {
        container_logging_missing,
        exec_session_not_logged,
        container_insights_disabled,
        log_retention_missing,
        log_configuration_broken,
        service_alarms_missing,
        tracing_missing,
    }
    capacity {
        container_instance_public,
    }
    template {
        syntax_error,
        missing_template,
        unresolved_reference,
        nested_parameter_mismatch,
        missing_nested_output,
    }
}

/// The rule with this name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name).copied()
}
