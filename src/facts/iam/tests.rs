use std::path::PathBuf;

use super::*;
use crate::eval::Evaluator;
use crate::facts::Facts;
use crate::files::Disk;
use crate::lint::{Linter, Stdin};

/// Calls `look` with the facts of one template.
fn with_facts(template: &str, look: impl FnOnce(&Facts<'_>)) {
    let linter = Linter {
        stdin: Some(Stdin {
            bytes: template.as_bytes().to_vec(),
        }),
        ..Linter::new(&Disk, PathBuf::from("/nonexistent"), vec![PathBuf::from("-")])
    };
    let loaded = linter.load().unwrap();
    assert!(loaded.errors.is_empty());
    look(&Facts::build(&loaded.project));
}

/// The `Allow` statements that a role has, as `action+action@resource+resource`, with the policy's words.
fn allows(facts: &Facts<'_>, role: &str) -> Vec<String> {
    let inventory = &facts.inventory;
    let principal = facts
        .iam
        .principals
        .iter()
        .find(|principal| &**inventory.logical_id(principal.id) == role)
        .unwrap();
    let words = |eval: &Evaluator<'_>, items: &Items| {
        let words = items.iter().map(|case| match &case.value {
            Known::Value(text) => eval.render(text).to_string(),
            _ => "?".to_owned(),
        });
        words.collect::<Vec<_>>().join("+")
    };
    let mut out = Vec::new();
    for (_, policy) in facts.iam.policies_of(principal.id) {
        let allowed = policy
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Allow);
        out.extend(allowed.map(|statement| {
            let actions = words(&inventory.eval, &statement.actions.only);
            let resources = words(&inventory.eval, &statement.resources.only);
            format!("{actions}@{resources}")
        }));
    }
    out
}

const TRUST: &str = "      AssumeRolePolicyDocument:\n        Statement:\n          Effect: Allow\n          \
                     Principal: {Service: ecs-tasks.amazonaws.com}\n          Action: sts:AssumeRole\n";

fn template(role: &str, rest: &str) -> String {
    format!("Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n{TRUST}{role}{rest}")
}

#[test]
fn a_role_has_the_statements_of_every_way_to_attach_a_policy() {
    let text = template(
        "      RoleName: app
      ManagedPolicyArns:
        - !Ref Own
        - !Sub arn:${AWS::Partition}:iam::aws:policy/AmazonSQSFullAccess
      Policies:
        - PolicyName: inline
          PolicyDocument: {Statement: {Effect: Allow, Action: a:Inline, Resource: '*'}}
",
        "  Own:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: [{Effect: Allow, Action: a:Own, Resource: r}]}
  Other:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Roles: [!Ref Role]
      PolicyDocument: {Statement: [{Effect: Allow, Action: a:Other, Resource: r}]}
  Apart:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: apart
      Roles: [app]
      PolicyDocument: {Statement: [{Effect: Allow, Action: [a:Apart, a:More], Resource: r}]}
  One:
    Type: AWS::IAM::RolePolicy
    Properties:
      PolicyName: one
      RoleName: !Ref Role
      PolicyDocument: {Statement: [{Effect: Allow, Action: a:One, Resource: r}]}
",
    );
    with_facts(&text, |facts| {
        let mut found = allows(facts, "Role");
        found.sort();
        assert_eq!(
            found,
            [
                "a:Apart+a:More@r",
                "a:Inline@*",
                "a:One@r",
                "a:Other@r",
                "a:Own@r",
                "sqs:*@*"
            ]
        );
    });
}

#[test]
fn json_text_is_a_document_with_its_own_places() {
    let text = template(
        "      Policies:
        - PolicyName: text
          PolicyDocument: |
            {\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:*\",
              \"Resource\": \"*\"}]}
        - PolicyName: sub
          PolicyDocument: !Sub '{\"Statement\": {\"Effect\": \"Allow\", \"Action\": [\"s3:Get*\"], \"Resource\": \"${Bucket.Arn}/*\"}}'
        - PolicyName: broken
          PolicyDocument: '{\"Statement\": '
",
        "  Bucket: {Type: 'AWS::S3::Bucket'}\n",
    );
    with_facts(&text, |facts| {
        assert_eq!(allows(facts, "Role"), ["s3:*@*", "s3:Get*@${Bucket.Arn}/*"]);
        let policies = &facts.iam.policies;
        let action = &policies[0].statements[0].actions.only[0];
        assert_eq!(facts.inventory.project().sources.text(action.span), "\"s3:*\"");
        assert_eq!(policies[2].open.len(), 1);
    });
}

#[test]
fn a_policy_that_a_parameter_names_leaves_the_role_open() {
    let text = format!(
        "Parameters:\n  Arns: {{Type: String}}\n{}",
        template("      ManagedPolicyArns: !Split [',', !Ref Arns]\n", "")
    );
    with_facts(&text, |facts| {
        let principal = &facts.iam.principals[0];
        assert!(matches!(principal.open.as_slice(), [case] if matches!(case.value, Unknown::Parameter(_))));
    });
}

#[test]
fn a_deny_of_the_same_on_everything_withholds_and_a_bounded_one_does_not() {
    for (condition, resource, withheld) in [
        ("", "'*'", true),
        ("", "arn:aws:iam::1:role/x", false),
        (", Condition: {Bool: {'aws:ViaAWSService': false}}", "'*'", false),
    ] {
        let text = template(
            &format!(
                "      Policies:
        - PolicyName: a
          PolicyDocument: {{Statement: [{{Effect: Allow, Action: 'iam:Pass*', Resource: '*'}}]}}
        - PolicyName: b
          PolicyDocument: {{Statement: [{{Effect: Deny, Action: 'iam:*', Resource: {resource}{condition}}}]}}
"
            ),
            "",
        );
        with_facts(&text, |facts| {
            let guard = facts.iam.withheld(&facts.iam.policies[0], "iam:Pass*");
            assert_eq!(
                guard,
                if withheld { Guard::True } else { Guard::False },
                "{resource}{condition}"
            );
            assert_eq!(facts.iam.withheld(&facts.iam.policies[0], "*"), Guard::False);
        });
    }
}

#[test]
fn a_boundary_withholds_what_it_does_not_give() {
    let text = template(
        "      PermissionsBoundary: !Ref Bound
      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]
",
        "  Bound:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement:
          - {Effect: Allow, Action: 's3:*', Resource: '*'}
          - {Effect: Allow, Action: 'ecs:*', Resource: 'arn:aws:ecs:eu-west-1:1:service/a/b'}
",
    );
    with_facts(&text, |facts| {
        let policy = facts
            .iam
            .policies
            .iter()
            .find(|policy| matches!(policy.origin, Origin::Aws(_)))
            .unwrap();
        let withheld = |pattern: &str| facts.iam.withheld(policy, pattern);
        assert_eq!(withheld("*"), Guard::True);
        assert_eq!(withheld("ecs:UpdateService"), Guard::True);
        assert_eq!(withheld("s3:GetObject"), Guard::False);
    });
}

#[test]
fn statements_under_a_condition_keep_it() {
    let text = format!(
        "Parameters:\n  Stage: {{Type: String, AllowedValues: [dev, prod]}}\nConditions:\n  Dev: !Equals [!Ref Stage, dev]\n{}",
        template(
            "      Policies:
        - PolicyName: a
          PolicyDocument:
            Statement:
              - !If
                - Dev
                - {Effect: Allow, Action: '*', Resource: '*'}
                - !Ref AWS::NoValue
",
            ""
        )
    );
    with_facts(&text, |facts| {
        let statement = &facts.iam.policies[0].statements[0];
        assert!(matches!(&statement.guard, Guard::Is(it) if &*it.var.name == "Stage" && &*it.value == "dev"));
        assert_eq!(statement.administrator(), statement.guard);
    });
}

#[test]
fn a_statement_with_two_effects_is_two_statements() {
    let text = format!(
        "Parameters:\n  Stage: {{Type: String}}\nConditions:\n  Dev: !Equals [!Ref Stage, dev]\n{}",
        template(
            "      Policies:
        - PolicyName: a
          PolicyDocument:
            Statement: {Effect: !If [Dev, Allow, Deny], Action: 's3:*', Resource: '*'}
",
            ""
        )
    );
    with_facts(&text, |facts| {
        let [allowed, denied] = &*facts.iam.policies[0].statements else {
            panic!("{:?}", facts.iam.policies[0].statements);
        };
        assert_eq!((allowed.effect, denied.effect), (Effect::Allow, Effect::Deny));
        assert_eq!(allowed.guard, denied.guard.negated());
        assert_eq!(allowed.actions.only.len(), 1);
        assert_eq!(denied.actions.only.len(), 1);
    });
}

#[test]
fn conditions_are_graded_by_key_and_value() {
    let text = template(
        "      Policies:
        - PolicyName: a
          PolicyDocument:
            Statement:
              Effect: Allow
              Action: ecs:*
              Resource: '*'
              Condition:
                ArnEquals: {'ecs:cluster': x}
                StringEquals: {'aws:RequestedRegion': eu-west-1, 'ec2:Vpc': v}
                StringLike: {'aws:ResourceTag/a': '*'}
                ForAllValues:StringEquals: {'aws:SourceArn': x}
",
        "",
    );
    with_facts(&text, |facts| {
        let grades: Vec<(String, Grade)> = facts.iam.policies[0].statements[0]
            .conditions
            .iter()
            .map(|case| (case.value.key.to_string(), case.value.grade))
            .collect();
        let expected = [
            ("ecs:cluster", Grade::Strong),
            ("aws:requestedregion", Grade::Weak),
            ("ec2:vpc", Grade::Unknown),
            ("aws:resourcetag/a", Grade::Weak),
            ("aws:sourcearn", Grade::Weak),
        ];
        let expected: Vec<(String, Grade)> = expected
            .iter()
            .map(|(key, grade)| ((*key).to_owned(), *grade))
            .collect();
        assert_eq!(grades, expected);
    });
}

#[test]
fn the_class_of_a_role_is_what_names_it() {
    let text = template(
        "",
        "  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      TaskRoleArn: !GetAtt Role.Arn
      ExecutionRoleArn: !Ref Agent
  Agent:
    Type: AWS::IAM::Role
    Properties: {}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Targets: [{Arn: a, Id: b, RoleArn: !GetAtt Agent.Arn}]
",
    );
    with_facts(&text, |facts| {
        let classes: Vec<Vec<RoleClass>> = facts
            .iam
            .principals
            .iter()
            .map(|principal| principal.uses.iter().map(|usage| usage.class).collect())
            .collect();
        assert_eq!(
            classes,
            [
                vec![RoleClass::Task],
                vec![RoleClass::Execution, RoleClass::Launcher]
            ]
        );
        assert!(facts.iam.principals[0].trusts("ecs-tasks."));
    });
}

#[test]
fn a_pattern_covers_actions_of_its_service_and_a_wildcard_service_those_of_any() {
    let text = template(
        "      Policies:
        - PolicyName: a
          PolicyDocument: {Statement: [{Effect: Allow, Action: ['IAM:Put*', 'i?m:CreateUser', '*:Tag*'], Resource: '*'}]}
",
        "",
    );
    with_facts(&text, |facts| {
        let given = facts.iam.given(&facts.iam.principals[0]);
        let covers = |action: &str| given.iter().filter(|given| given.covers(action)).count();
        assert_eq!(covers("iam:PutRolePolicy"), 1);
        assert_eq!(covers("iam:CreateUser"), 1);
        assert_eq!(covers("ecs:TagResource"), 1);
        assert_eq!(covers("iam:TagRole"), 1);
        assert_eq!(covers("ecs:PutAttributes"), 0);
    });
}

#[test]
fn a_role_is_named_by_reference_by_its_name_in_an_arn_and_not_by_a_pattern() {
    let text = template(
        "      RoleName: app
      Policies:
        - PolicyName: a
          PolicyDocument:
            Statement:
              Effect: Allow
              Action: iam:PassRole
              Resource:
                - !GetAtt Other.Arn
                - !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/path/${Other}
                - arn:aws:iam::111122223333:role/app
                - arn:aws:iam::111122223333:role/app*
                - arn:aws:iam::111122223333:user/app
",
        &format!("  Other:\n    Type: AWS::IAM::Role\n    Properties:\n{TRUST}"),
    );
    with_facts(&text, |facts| {
        let inventory = &facts.inventory;
        let given = facts.iam.given(&facts.iam.principals[0]);
        let names = given[0].resources().map(|(_, text)| {
            let role = facts
                .iam
                .named_role(inventory, facts.iam.principals[0].id.stack, text);
            role.map(|role| inventory.logical_id(role.id).to_string())
        });
        let names: Vec<Option<String>> = names.collect();
        let (other, role) = (Some("Other".to_owned()), Some("Role".to_owned()));
        assert_eq!(names, [other.clone(), other, role, None, None]);
    });
}
