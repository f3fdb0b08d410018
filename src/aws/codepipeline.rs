//! AWS CodePipeline: pipelines, their stages and actions, and webhooks.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CodePipeline.html>

use super::{item_view, resource_view};

resource_view! {
    /// A pipeline.
    Pipeline = "AWS::CodePipeline::Pipeline" {
        /// Its stages in order; see [`Stage`].
        stages = "Stages";
    }
}

item_view! {
    /// A stage of a pipeline.
    Stage {
        /// Its name.
        name = "Name";
        /// What it does; see [`Action`].
        actions = "Actions";
    }
}

item_view! {
    /// An action of a stage.
    Action {
        /// Its name.
        name = "Name";
        /// `Source`, `Build`, `Test`, `Deploy`, `Approval`, `Invoke`, `Compute`.
        category = "ActionTypeId" / "Category";
        /// The service that acts.
        provider = "ActionTypeId" / "Provider";
        /// What a CloudFormation action does with its stack.
        mode = "Configuration" / "ActionMode";
        /// The stack of a CloudFormation action.
        stack_name = "Configuration" / "StackName";
        /// The template of a CloudFormation action: `Artifact::path`.
        template = "Configuration" / "TemplatePath";
        /// The role with which CloudFormation deploys the stack.
        stack_role = "Configuration" / "RoleArn";
        /// The token of a GitHub action of the first version.
        token = "Configuration" / "OAuthToken";
    }
}

impl Action<'_, '_> {
    /// The category of actions that deploy.
    pub const DEPLOY: &'static str = "Deploy";
    /// The category of actions that wait for somebody.
    pub const APPROVAL: &'static str = "Approval";
    /// The provider that deploys stacks.
    pub const CLOUDFORMATION: &'static str = "CloudFormation";
    /// Modes of CloudFormation actions that take no template: it was given when the change set was made, or is not needed.
    /// <https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html>
    pub const MODES_WITHOUT_TEMPLATE: &'static [&'static str] = &["CHANGE_SET_EXECUTE", "DELETE_ONLY"];
    /// Modes of CloudFormation actions that change a stack at once.
    /// <https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html>
    pub const DIRECT_MODES: &'static [&'static str] = &["CREATE_UPDATE", "REPLACE_ON_FAILURE"];
}

resource_view! {
    /// A webhook that starts a pipeline.
    Webhook = "AWS::CodePipeline::Webhook" {
        /// What the sender signs its requests with.
        secret = "AuthenticationConfiguration" / "SecretToken";
    }
}
