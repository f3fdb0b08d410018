//! Ways by which the holder of a few actions comes to more than it was given.
//!
//! Source: what the actions do, as the API reference of each service says. The list is not complete and need not be: a way
//! that is missing is not reported.

/// A way: the actions that together make it.
#[derive(Clone, Copy, Debug)]
pub struct Escalation {
    /// One action of each of these.
    pub steps: &'static [&'static [&'static str]],
    /// The service that takes a role on this way, as the beginning of its principal; the holder needs `iam:PassRole` as
    /// well. Without it the way needs no role to be passed.
    pub takes_role: Option<&'static str>,
    /// What the holder can do then, in words that follow "can"; where a role is passed, its name follows.
    pub gain: &'static str,
}

const fn direct(steps: &'static [&'static [&'static str]], gain: &'static str) -> Escalation {
    Escalation {
        steps,
        takes_role: None,
        gain,
    }
}

const fn passing(
    service: &'static str,
    steps: &'static [&'static [&'static str]],
    gain: &'static str,
) -> Escalation {
    Escalation {
        steps,
        takes_role: Some(service),
        gain,
    }
}

/// The ways without a role that is passed. Those of IAM come first: they lead to everything.
pub const DIRECT: &[Escalation] = &[
    direct(&[&["iam:PutRolePolicy"]], "write any permission into any role"),
    direct(&[&["iam:AttachRolePolicy"]], "attach any policy to any role"),
    direct(&[&["iam:CreatePolicyVersion"]], "rewrite any managed policy"),
    direct(
        &[&["iam:SetDefaultPolicyVersion"]],
        "bring back any old version of a managed policy",
    ),
    direct(&[&["iam:UpdateAssumeRolePolicy"]], "let itself assume any role"),
    direct(&[&["iam:PutUserPolicy"]], "write any permission into any user"),
    direct(&[&["iam:AttachUserPolicy"]], "attach any policy to any user"),
    direct(&[&["iam:PutGroupPolicy"]], "write any permission into any group"),
    direct(&[&["iam:AttachGroupPolicy"]], "attach any policy to any group"),
    direct(&[&["iam:CreateAccessKey"]], "make access keys of any user"),
    direct(
        &[&["iam:CreateLoginProfile"]],
        "give any user without a password one",
    ),
    direct(&[&["iam:UpdateLoginProfile"]], "set the password of any user"),
    direct(&[&["iam:AddUserToGroup"]], "put users into any group"),
    direct(
        &[&["lambda:UpdateFunctionCode"]],
        "run its own code with the role of any function",
    ),
    direct(
        &[&["glue:UpdateDevEndpoint"]],
        "log in to any Glue endpoint and use its role",
    ),
    direct(
        &[&["ssm:SendCommand", "ssm:StartSession"]],
        "run commands on any instance, with the role of the instance",
    ),
    direct(
        &[&["ec2-instance-connect:SendSSHPublicKey"]],
        "log in to any instance and use its role",
    ),
    direct(
        &[
            &["ec2:ModifyInstanceAttribute"],
            &["ec2:StopInstances"],
            &["ec2:StartInstances"],
        ],
        "rewrite the start script of any instance, which runs with the role of the instance",
    ),
    direct(
        &[
            &["cloudformation:CreateChangeSet"],
            &["cloudformation:ExecuteChangeSet"],
        ],
        "change any stack with the role that the stack has",
    ),
];

/// The ways on which a role is passed.
pub const PASSING: &[Escalation] = &[
    passing(
        "ecs-tasks.",
        &[
            &["ecs:RegisterTaskDefinition"],
            &[
                "ecs:RunTask",
                "ecs:StartTask",
                "ecs:CreateService",
                "ecs:UpdateService",
                "ecs:CreateTaskSet",
            ],
        ],
        "start a task of its own making with",
    ),
    passing(
        "ecs-tasks.",
        &[&["batch:RegisterJobDefinition"], &["batch:SubmitJob"]],
        "start a batch job of its own making with",
    ),
    passing("ec2.", &[&["ec2:RunInstances"]], "start an instance with"),
    passing(
        "lambda.",
        &[
            &["lambda:CreateFunction"],
            &[
                "lambda:InvokeFunction",
                "lambda:AddPermission",
                "lambda:CreateEventSourceMapping",
            ],
        ],
        "run a function of its own making with",
    ),
    passing(
        "cloudformation.",
        &[&["cloudformation:CreateStack", "cloudformation:UpdateStack"]],
        "deploy a stack with",
    ),
    passing(
        "cloudformation.",
        &[
            &["cloudformation:CreateChangeSet"],
            &["cloudformation:ExecuteChangeSet"],
        ],
        "deploy a stack with",
    ),
    passing(
        "cloudformation.",
        &[
            &["cloudformation:CreateStackSet"],
            &["cloudformation:CreateStackInstances"],
        ],
        "deploy a stack set with",
    ),
    passing(
        "codebuild.",
        &[
            &["codebuild:CreateProject", "codebuild:UpdateProject"],
            &["codebuild:StartBuild"],
        ],
        "run a build of its own making with",
    ),
    passing(
        "glue.",
        &[&["glue:CreateDevEndpoint"]],
        "log in to a Glue endpoint with",
    ),
    passing(
        "glue.",
        &[&["glue:CreateJob", "glue:UpdateJob"], &["glue:StartJobRun"]],
        "run a Glue job of its own making with",
    ),
    passing(
        "sagemaker.",
        &[
            &["sagemaker:CreateNotebookInstance"],
            &["sagemaker:CreatePresignedNotebookInstanceUrl"],
        ],
        "open a notebook with",
    ),
    passing(
        "sagemaker.",
        &[&["sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob"]],
        "run a SageMaker job of its own making with",
    ),
    passing(
        "datapipeline.",
        &[
            &["datapipeline:CreatePipeline"],
            &["datapipeline:PutPipelineDefinition"],
            &["datapipeline:ActivatePipeline"],
        ],
        "run a data pipeline of its own making with",
    ),
    passing(
        "tasks.apprunner.",
        &[&["apprunner:CreateService", "apprunner:UpdateService"]],
        "start an App Runner service with",
    ),
    passing(
        "states.",
        &[
            &["states:CreateStateMachine", "states:UpdateStateMachine"],
            &["states:StartExecution"],
        ],
        "run a state machine of its own making with",
    ),
    passing(
        "scheduler.",
        &[&["scheduler:CreateSchedule", "scheduler:UpdateSchedule"]],
        "call any API by a schedule with",
    ),
];

/// True when an action, given as `service:Action`, is a way by itself.
pub fn escalates_alone(action: &str) -> bool {
    DIRECT
        .iter()
        .any(|way| matches!(way.steps, [only] if only.iter().any(|step| step.eq_ignore_ascii_case(action))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::iam_actions::{Expansion, expand};

    #[test]
    fn every_step_is_a_documented_action() {
        for step in DIRECT
            .iter()
            .chain(PASSING)
            .flat_map(|way| way.steps.iter().copied().flatten())
        {
            assert!(matches!(expand(step), Expansion::Known(_)), "{step}");
        }
    }

    #[test]
    fn a_step_of_several_does_not_escalate_alone() {
        assert!(escalates_alone("IAM:PutRolePolicy"));
        assert!(escalates_alone("ssm:StartSession"));
        assert!(!escalates_alone("ec2:StopInstances"));
        assert!(!escalates_alone("ecs:RunTask"));
    }
}
