//! AWS IAM: principals, policies, and the properties by which other resources are given a role.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html>

use super::{EACH, item_view, resource_view};
use crate::yaml::Node;

resource_view! {
    /// A role.
    Role = "AWS::IAM::Role" {
        /// The physical name.
        name = "RoleName";
        /// Who may assume it: a policy document.
        trust = "AssumeRolePolicyDocument";
        /// See [`InlinePolicy`].
        inline_policies = "Policies";
        /// ARNs of managed policies.
        managed_policies = "ManagedPolicyArns";
        /// The ARN of the managed policy that bounds it.
        boundary = "PermissionsBoundary";
    }
}

resource_view! {
    /// What gives a role to instances.
    InstanceProfile = "AWS::IAM::InstanceProfile" {
        /// The names of its roles, of which there is one.
        roles = "Roles";
    }
}

resource_view! {
    /// A user.
    User = "AWS::IAM::User" {
        /// The physical name.
        name = "UserName";
        /// See [`InlinePolicy`].
        inline_policies = "Policies";
        /// ARNs of managed policies.
        managed_policies = "ManagedPolicyArns";
        /// The ARN of the managed policy that bounds it.
        boundary = "PermissionsBoundary";
    }
}

resource_view! {
    /// A permanent access key.
    AccessKey = "AWS::IAM::AccessKey" {
        /// The name of the user it belongs to.
        user = "UserName";
    }
}

impl AccessKey {
    /// The attribute that is the secret half of the key.
    pub const SECRET: &'static str = "SecretAccessKey";
}

resource_view! {
    /// An identity provider that issues tokens of OpenID Connect.
    OidcProvider = "AWS::IAM::OIDCProvider" {
        /// Where it is.
        url = "Url";
    }
}

resource_view! {
    /// A group of users.
    Group = "AWS::IAM::Group" {
        /// The physical name.
        name = "GroupName";
        /// See [`InlinePolicy`].
        inline_policies = "Policies";
        /// ARNs of managed policies.
        managed_policies = "ManagedPolicyArns";
    }
}

/// True for the element of a principal that names accounts and what is in them.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
pub fn is_principal_key(key: &str) -> bool {
    key == "AWS"
}

/// True for a statement that asks for an external id, which is how a vendor's account is trusted; that account is the
/// same in every environment.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
pub fn trusts_external_id(statement: &Node) -> bool {
    let operators = statement
        .get("Condition")
        .and_then(Node::as_mapping)
        .into_iter()
        .flatten();
    let mut keys = operators.flat_map(|operator| operator.value.as_mapping().unwrap_or_default());
    statement.get("Principal").is_some() && keys.any(|entry| entry.key.eq_ignore_ascii_case("sts:ExternalId"))
}

item_view! {
    /// One of a principal's `Policies`.
    InlinePolicy {
        /// Its name.
        name = "PolicyName";
        /// The policy document.
        document = "PolicyDocument";
    }
}

resource_view! {
    /// An inline policy written apart from the principals that it is put into.
    Policy = "AWS::IAM::Policy" {
        /// Its name.
        name = "PolicyName";
        /// The policy document.
        document = "PolicyDocument";
        /// Names of roles.
        roles = "Roles";
        /// Names of users.
        users = "Users";
        /// Names of groups.
        groups = "Groups";
    }
}

resource_view! {
    /// An inline policy of one role.
    RolePolicy = "AWS::IAM::RolePolicy" {
        /// Its name.
        name = "PolicyName";
        /// The policy document.
        document = "PolicyDocument";
        /// The name of the role.
        role = "RoleName";
    }
}

resource_view! {
    /// An inline policy of one user.
    UserPolicy = "AWS::IAM::UserPolicy" {
        /// Its name.
        name = "PolicyName";
        /// The policy document.
        document = "PolicyDocument";
        /// The name of the user.
        user = "UserName";
    }
}

resource_view! {
    /// An inline policy of one group.
    GroupPolicy = "AWS::IAM::GroupPolicy" {
        /// Its name.
        name = "PolicyName";
        /// The policy document.
        document = "PolicyDocument";
        /// The name of the group.
        group = "GroupName";
    }
}

resource_view! {
    /// A managed policy of the account.
    ManagedPolicy = "AWS::IAM::ManagedPolicy" {
        /// Its name.
        name = "ManagedPolicyName";
        /// The policy document.
        document = "PolicyDocument";
        /// Names of roles.
        roles = "Roles";
        /// Names of users.
        users = "Users";
        /// Names of groups.
        groups = "Groups";
    }
}

/// What a resource uses a role for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RoleClass {
    /// The application in the containers.
    Task,
    /// The agent that starts tasks.
    Execution,
    /// ECS itself, for load balancers, volumes, instances that it manages.
    Infrastructure,
    /// ECS itself, as services before service-linked roles named it.
    LegacyService,
    /// EC2 instances.
    Instance,
    /// What starts tasks or other targets: rules, schedules, pipes, state machines.
    Launcher,
    /// Deployments: pipelines, builds, CodeDeploy, stack sets.
    Deployment,
    /// Application Auto Scaling and lifecycle hooks.
    AutoScaling,
    /// Lambda functions.
    Lambda,
    /// Flow logs, trails, configuration recorders, deliveries.
    Logging,
}

impl RoleClass {
    /// The class in words: `task role`.
    pub fn noun(self) -> &'static str {
        match self {
            RoleClass::Task => "task role",
            RoleClass::Execution => "execution role",
            RoleClass::Infrastructure => "infrastructure role",
            RoleClass::LegacyService => "service role",
            RoleClass::Instance => "instance role",
            RoleClass::Launcher => "launch role",
            RoleClass::Deployment => "deployment role",
            RoleClass::AutoScaling => "scaling role",
            RoleClass::Lambda => "function role",
            RoleClass::Logging => "log delivery role",
        }
    }
}

/// A property that names a role.
#[derive(Clone, Copy, Debug)]
pub struct RoleProperty {
    /// The CloudFormation type.
    pub type_name: &'static str,
    /// The way to the property; [`EACH`] stands for every element of a list.
    pub path: &'static [&'static str],
    /// What the role is used for there.
    pub class: RoleClass,
    /// The service that assumes the role, as the beginning of its principal (`ecs-tasks.`); nothing where it is not a
    /// service, or one of several.
    pub principal: Option<&'static str>,
}

const fn used(type_name: &'static str, path: &'static [&'static str], class: RoleClass) -> RoleProperty {
    RoleProperty {
        type_name,
        path,
        class,
        principal: principal(type_name, class),
    }
}

/// The service that assumes the roles of a class.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services>
const fn principal(type_name: &'static str, class: RoleClass) -> Option<&'static str> {
    match class {
        RoleClass::Task | RoleClass::Execution => Some("ecs-tasks."),
        RoleClass::Infrastructure | RoleClass::LegacyService => Some("ecs."),
        RoleClass::Instance => Some("ec2."),
        RoleClass::Lambda => Some("lambda."),
        RoleClass::Launcher | RoleClass::Deployment | RoleClass::AutoScaling | RoleClass::Logging => {
            service_of(type_name)
        }
    }
}

/// The service that assumes the role of a resource type; of a pipeline's actions it is the pipeline's own role.
const fn service_of(type_name: &'static str) -> Option<&'static str> {
    match type_name.as_bytes() {
        b"AWS::Events::Rule" => Some("events."),
        b"AWS::Scheduler::Schedule" => Some("scheduler."),
        b"AWS::Pipes::Pipe" => Some("pipes."),
        b"AWS::StepFunctions::StateMachine" | b"AWS::Serverless::StateMachine" => Some("states."),
        b"AWS::CodeBuild::Project" => Some("codebuild."),
        b"AWS::CodeDeploy::DeploymentGroup" => Some("codedeploy."),
        b"AWS::EC2::FlowLog" => Some("vpc-flow-logs."),
        b"AWS::CloudTrail::Trail" => Some("cloudtrail."),
        b"AWS::Config::ConfigurationRecorder" => Some("config."),
        _ => None,
    }
}

/// The properties by which resources around ECS are given a role, as their resource schemas name them.
pub const ROLE_PROPERTIES: &[RoleProperty] = &[
    used("AWS::ECS::TaskDefinition", &["TaskRoleArn"], RoleClass::Task),
    used(
        "AWS::ECS::TaskDefinition",
        &["ExecutionRoleArn"],
        RoleClass::Execution,
    ),
    used(
        "AWS::ECS::ExpressGatewayService",
        &["TaskRoleArn"],
        RoleClass::Task,
    ),
    used(
        "AWS::ECS::ExpressGatewayService",
        &["ExecutionRoleArn"],
        RoleClass::Execution,
    ),
    used(
        "AWS::ECS::ExpressGatewayService",
        &["InfrastructureRoleArn"],
        RoleClass::Infrastructure,
    ),
    used(
        "AWS::ECS::CapacityProvider",
        &["ManagedInstancesProvider", "InfrastructureRoleArn"],
        RoleClass::Infrastructure,
    ),
    used(
        "AWS::ECS::Service",
        &["LoadBalancers", EACH, "AdvancedConfiguration", "RoleArn"],
        RoleClass::Infrastructure,
    ),
    used(
        "AWS::ECS::Service",
        &["VolumeConfigurations", EACH, "ManagedEBSVolume", "RoleArn"],
        RoleClass::Infrastructure,
    ),
    used(
        "AWS::ECS::Service",
        &["VpcLatticeConfigurations", EACH, "RoleArn"],
        RoleClass::Infrastructure,
    ),
    used(
        "AWS::ECS::Service",
        &["ServiceConnectConfiguration", "Services", EACH, "Tls", "RoleArn"],
        RoleClass::Infrastructure,
    ),
    used("AWS::ECS::Service", &["Role"], RoleClass::LegacyService),
    used("AWS::IAM::InstanceProfile", &["Roles"], RoleClass::Instance),
    used("AWS::Events::Rule", &["RoleArn"], RoleClass::Launcher),
    used(
        "AWS::Events::Rule",
        &["Targets", EACH, "RoleArn"],
        RoleClass::Launcher,
    ),
    used(
        "AWS::Scheduler::Schedule",
        &["Target", "RoleArn"],
        RoleClass::Launcher,
    ),
    used("AWS::Pipes::Pipe", &["RoleArn"], RoleClass::Launcher),
    used(
        "AWS::StepFunctions::StateMachine",
        &["RoleArn"],
        RoleClass::Launcher,
    ),
    used("AWS::Serverless::StateMachine", &["Role"], RoleClass::Launcher),
    used("AWS::CodePipeline::Pipeline", &["RoleArn"], RoleClass::Deployment),
    used(
        "AWS::CodePipeline::Pipeline",
        &["Stages", EACH, "Actions", EACH, "RoleArn"],
        RoleClass::Deployment,
    ),
    used(
        "AWS::CodePipeline::Pipeline",
        &["Stages", EACH, "Actions", EACH, "Configuration", "RoleArn"],
        RoleClass::Deployment,
    ),
    used("AWS::CodeBuild::Project", &["ServiceRole"], RoleClass::Deployment),
    used(
        "AWS::CodeDeploy::DeploymentGroup",
        &["ServiceRoleArn"],
        RoleClass::Deployment,
    ),
    used(
        "AWS::CloudFormation::StackSet",
        &["AdministrationRoleARN"],
        RoleClass::Deployment,
    ),
    used(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        &["RoleARN"],
        RoleClass::AutoScaling,
    ),
    used(
        "AWS::AutoScaling::LifecycleHook",
        &["RoleARN"],
        RoleClass::AutoScaling,
    ),
    used("AWS::Lambda::Function", &["Role"], RoleClass::Lambda),
    used("AWS::Serverless::Function", &["Role"], RoleClass::Lambda),
    used(
        "AWS::EC2::FlowLog",
        &["DeliverLogsPermissionArn"],
        RoleClass::Logging,
    ),
    used(
        "AWS::CloudTrail::Trail",
        &["CloudWatchLogsRoleArn"],
        RoleClass::Logging,
    ),
    used(
        "AWS::Config::ConfigurationRecorder",
        &["RoleARN"],
        RoleClass::Logging,
    ),
    used("AWS::Logs::SubscriptionFilter", &["RoleArn"], RoleClass::Logging),
];
