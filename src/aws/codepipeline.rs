//! AWS CodePipeline: pipelines, their stages and actions.
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
        /// What it does; see [`Action`].
        actions = "Actions";
    }
}

item_view! {
    /// An action of a stage.
    Action {
        /// What a CloudFormation action does with its stack.
        mode = "Configuration" / "ActionMode";
        /// The template of a CloudFormation action: `Artifact::path`.
        template = "Configuration" / "TemplatePath";
        /// The role with which CloudFormation deploys the stack.
        stack_role = "Configuration" / "RoleArn";
    }
}

impl Action<'_, '_> {
    /// Modes of CloudFormation actions that take no template: it was given when the change set was made, or is not needed.
    /// <https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html>
    pub const MODES_WITHOUT_TEMPLATE: &'static [&'static str] = &["CHANGE_SET_EXECUTE", "DELETE_ONLY"];
}
