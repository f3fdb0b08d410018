//! AWS CodeDeploy: applications and deployment groups.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CodeDeploy.html>

use super::{item_view, resource_view};

resource_view! {
    /// An application.
    Application = "AWS::CodeDeploy::Application" {
        /// `ECS`, `Lambda` or `Server`; absent means `Server`.
        platform = "ComputePlatform";
        /// The physical name.
        name = "ApplicationName";
    }
}

resource_view! {
    /// A deployment group.
    DeploymentGroup = "AWS::CodeDeploy::DeploymentGroup" {
        /// Its application, by name.
        application = "ApplicationName";
        /// The services it deploys; see [`EcsService`].
        services = "ECSServices";
        /// The target groups it moves the traffic between; see [`TargetGroupPair`].
        pairs = "LoadBalancerInfo" / "TargetGroupPairInfoList";
    }
}

item_view! {
    /// A service of ECS that a deployment group deploys.
    EcsService {
        /// Its cluster, by name.
        cluster = "ClusterName";
        /// The service, by name.
        service = "ServiceName";
    }
}

item_view! {
    /// Two target groups, and the listeners whose traffic moves from one to the other.
    TargetGroupPair {
        /// The target groups; see [`TargetGroupName`].
        groups = "TargetGroups";
        /// The listeners of the production traffic.
        production = "ProdTrafficRoute" / "ListenerArns";
        /// The listeners of the test traffic.
        test = "TestTrafficRoute" / "ListenerArns";
    }
}

item_view! {
    /// A target group of a pair.
    TargetGroupName {
        /// Its name.
        name = "Name";
    }
}

/// The attribute that is the name of a target group.
pub const TARGET_GROUP_NAME: &str = "TargetGroupName";

/// The platform of applications that deploy services of ECS.
pub const ECS_PLATFORM: &str = "ECS";

/// The deployment controller of services that CodeDeploy deploys.
pub const ECS_CONTROLLER: &str = "CODE_DEPLOY";
