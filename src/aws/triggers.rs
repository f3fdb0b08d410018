//! What starts tasks on an event, by the clock or as a step of something longer: EventBridge rules, schedules, pipes, state
//! machines.

use super::{item_view, resource_view};

resource_view! {
    /// An EventBridge rule.
    EventRule = "AWS::Events::Rule" {
        /// See [`EcsTarget`].
        targets = "Targets";
    }
}

resource_view! {
    /// An EventBridge Scheduler schedule.
    Schedule = "AWS::Scheduler::Schedule" {
        /// See [`EcsTarget`].
        target = "Target";
    }
}

item_view! {
    /// A target of a rule or a schedule, which differ in how they spell the key of the network.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-events-rule-networkconfiguration.html>
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-scheduler-schedule-ecsparameters.html>
    EcsTarget {
        /// The target's ARN; for ECS tasks the cluster's.
        arn = "Arn";
        /// Present when the target runs ECS tasks.
        ecs = "EcsParameters";
        /// The task definition.
        task_definition = "EcsParameters" / "TaskDefinitionArn";
        /// The launch type.
        launch_type = "EcsParameters" / "LaunchType";
        /// See [`CapacityProviderStrategyItem`](super::ecs::CapacityProviderStrategyItem).
        capacity_provider_strategy = "EcsParameters" / "CapacityProviderStrategy";
        /// For a rule, see [`AwsvpcConfiguration`](super::ecs::AwsvpcConfiguration).
        rule_network = "EcsParameters" / "NetworkConfiguration" / "AwsVpcConfiguration";
        /// For a schedule, see [`AwsvpcConfiguration`](super::ecs::AwsvpcConfiguration).
        schedule_network = "EcsParameters" / "NetworkConfiguration" / "AwsvpcConfiguration";
    }
}

resource_view! {
    /// An EventBridge pipe.
    Pipe = "AWS::Pipes::Pipe" {
        /// For ECS tasks the cluster's ARN.
        target = "Target";
        /// Present when the pipe runs ECS tasks.
        ecs = "TargetParameters" / "EcsTaskParameters";
        /// The task definition.
        task_definition = "TargetParameters" / "EcsTaskParameters" / "TaskDefinitionArn";
        /// The launch type.
        launch_type = "TargetParameters" / "EcsTaskParameters" / "LaunchType";
        /// See [`CapacityProviderStrategyItem`](super::ecs::CapacityProviderStrategyItem).
        capacity_provider_strategy = "TargetParameters" / "EcsTaskParameters" / "CapacityProviderStrategy";
        /// See [`AwsvpcConfiguration`](super::ecs::AwsvpcConfiguration).
        network = "TargetParameters" / "EcsTaskParameters" / "NetworkConfiguration" / "AwsvpcConfiguration";
    }
}

resource_view! {
    /// A Step Functions state machine.
    StateMachine = "AWS::StepFunctions::StateMachine" {
        /// The definition as a mapping.
        definition = "Definition";
        /// The definition as JSON text.
        definition_string = "DefinitionString";
        /// Values for `${name}` in the definition.
        substitutions = "DefinitionSubstitutions";
    }
}

resource_view! {
    /// The same as the serverless transform spells it.
    ServerlessStateMachine = "AWS::Serverless::StateMachine" {
        /// The definition as a mapping.
        definition = "Definition";
        /// Values for `${name}` in the definition.
        substitutions = "DefinitionSubstitutions";
    }
}

/// The keys of a Step Functions state that runs an ECS task. They stand in a document that is no CloudFormation, so
/// they are names and no view.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html>
pub mod run_task {
    /// The ARN of what the state calls.
    pub const RESOURCE: &str = "Resource";
    /// What that ARN holds when it runs a task.
    pub const SERVICE: &str = ":states:::ecs:runTask";
    /// The arguments: `Parameters` with JSONPath, `Arguments` with JSONata.
    pub const PARAMETERS: &[&str] = &["Parameters", "Arguments"];
    /// The cluster.
    pub const CLUSTER: &str = "Cluster";
    /// The task definition.
    pub const TASK_DEFINITION: &str = "TaskDefinition";
    /// The launch type.
    pub const LAUNCH_TYPE: &str = "LaunchType";
    /// The network of awsvpc tasks.
    pub const NETWORK: &[&str] = &["NetworkConfiguration", "AwsvpcConfiguration"];
    /// The subnets.
    pub const SUBNETS: &str = "Subnets";
    /// The security groups.
    pub const SECURITY_GROUPS: &str = "SecurityGroups";
    /// `ENABLED` or `DISABLED`.
    pub const ASSIGN_PUBLIC_IP: &str = "AssignPublicIp";
}
