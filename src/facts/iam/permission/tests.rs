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

/// Resources that the questions are about, and the role `Role` with what is given.
fn template(role: &str, rest: &str) -> String {
    format!(
        "Parameters:
  Stage: {{Type: String, Default: dev}}
  Some: {{Type: String}}
Resources:
  Db: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: prod/db}}}}
  Api: {{Type: AWS::SecretsManager::Secret}}
  Web: {{Type: AWS::SecretsManager::Secret}}
  Repo: {{Type: AWS::ECR::Repository, Properties: {{RepositoryName: !Sub '${{Stage}}-app'}}}}
  Key: {{Type: AWS::KMS::Key}}
  Setting: {{Type: AWS::SSM::Parameter, Properties: {{Name: /app/setting, Type: String, Value: x}}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
{role}{rest}"
    )
}

fn inline(statement: &str) -> String {
    format!("      Policies: [{{PolicyName: p, PolicyDocument: {{Statement: {statement}}}}}]\n")
}

/// `has`, `lacks` or `unsure`, with the number of reasons.
fn answer(facts: &Facts<'_>, action: &str, on: On<'_>) -> (&'static str, usize) {
    let inventory = &facts.inventory;
    let role = inventory.of_type("AWS::IAM::Role")[0];
    let permission = facts.iam.permission(inventory, role, action, on);
    let is = |guard: &Guard| inventory.possible(guard) && !inventory.possible(&guard.negated());
    let word = match (is(&permission.has), is(&permission.lacks)) {
        (true, false) => "has",
        (false, true) => "lacks",
        (false, false) => "unsure",
        (true, true) => panic!("both"),
    };
    (word, permission.open.len())
}

/// What `Ref` of a resource, or a text, stands for.
fn resource(facts: &Facts<'_>, text: &str) -> Text {
    let eval: &Evaluator<'_> = &facts.inventory.eval;
    let mut out = Text::default();
    for (index, piece) in text.split('$').enumerate() {
        let Some((name, rest)) = piece.split_once(';').filter(|_| index > 0) else {
            out.push(Part::Literal(piece.into()));
            continue;
        };
        let (name, attribute) = name.split_once('.').unwrap_or((name, "Ref"));
        let project = eval.project();
        let span = project.resource(project.resource_ids().next().unwrap()).id.span;
        let stack = project.resource_ids().next().unwrap().stack;
        match project.find(stack, name) {
            Some(id) => out.push(Part::Attribute(id, attribute.into())),
            None => match &eval.named(stack, &name.into(), span)[0].value {
                crate::eval::Value::Text(text) => out.append(text),
                other => panic!("{other:?}"),
            },
        }
        out.push(Part::Literal(rest.into()));
    }
    out
}

/// The answer for an action on one resource when the role has one statement with this resource.
fn on_resource(action: &str, given: &str, wanted: &str) -> &'static str {
    let statement = format!("{{Effect: Allow, Action: '{action}', Resource: {given}}}");
    let mut out = "";
    with_facts(&template(&inline(&statement), ""), |facts| {
        let wanted = [resource(facts, wanted)];
        out = answer(facts, action, On::Arn(&wanted)).0;
    });
    out
}

#[test]
fn a_reference_is_the_same_resource_however_it_is_spelled() {
    let read = "secretsmanager:GetSecretValue";
    for given in [
        "!Ref Db",
        "!GetAtt Db.Id",
        "'*'",
        "!Sub 'arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:prod/db-*'",
        "!Sub 'arn:aws:secretsmanager:*:${AWS::AccountId}:secret:prod/db-??????'",
        "!Sub '${Db}*'",
    ] {
        assert_eq!(on_resource(read, given, "$Db;"), "has", "{given}");
    }
    let pull = "ecr:BatchGetImage";
    for given in [
        "!GetAtt Repo.Arn",
        "!Sub 'arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/${Repo}'",
        "!Sub 'arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/${Stage}-app'",
        "!Sub 'arn:aws:ecr:${AWS::Region}:*:repository/*-app'",
    ] {
        assert_eq!(on_resource(pull, given, "$Repo.Arn;"), "has", "{given}");
    }
    let get = "ssm:GetParameters";
    let wanted = "arn:aws:ssm:$AWS::Region;:$AWS::AccountId;:parameter/$Setting;";
    for given in [
        "!Sub 'arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter${Setting}'",
        "!Sub 'arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/app/*'",
    ] {
        assert_eq!(on_resource(get, given, wanted), "has", "{given}");
    }
}

#[test]
fn another_resource_is_not_allowed() {
    let read = "secretsmanager:GetSecretValue";
    assert_eq!(on_resource(read, "!Ref Web", "$Api;"), "lacks");
    assert_eq!(on_resource(read, "!Ref Web", "$Db;"), "unsure");
    let literal = "!Sub 'arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:dev/*'";
    assert_eq!(on_resource(read, literal, "$Db;"), "lacks");
    assert_eq!(on_resource(read, literal, "$Api;"), "unsure");
    assert_eq!(on_resource("kms:Decrypt", "!Ref Db", "$Key.Arn;"), "lacks");
    assert_eq!(on_resource("kms:Decrypt", "!GetAtt Key.Arn", "$Key.Arn;"), "has");
}

#[test]
fn a_parameter_without_a_value_may_be_any_resource() {
    let statement = "{Effect: Allow, Action: 's:A', Resource: !Ref Some}";
    with_facts(&template(&inline(statement), ""), |facts| {
        let wanted = [resource(facts, "$Db;")];
        assert_eq!(answer(facts, "s:A", On::Arn(&wanted)), ("unsure", 1));
        assert_eq!(answer(facts, "s:A", On::Every), ("unsure", 1));
        assert_eq!(answer(facts, "s:B", On::Some), ("lacks", 0));
    });
}

#[test]
fn an_action_without_resources_needs_the_star() {
    let statement = "[{Effect: Allow, Action: 's:A', Resource: 'arn:aws:s:::x/*'}, {Effect: Allow, Action: 's:B*', Resource: '*'}]";
    with_facts(&template(&inline(statement), ""), |facts| {
        assert_eq!(answer(facts, "s:A", On::Every), ("lacks", 0));
        assert_eq!(answer(facts, "s:A", On::Some), ("has", 0));
        assert_eq!(answer(facts, "s:Bc", On::Every), ("has", 0));
    });
}

#[test]
fn what_is_excepted_is_not_given() {
    let statement = "{Effect: Allow, NotAction: 'iam:*', NotResource: !Ref Api}";
    with_facts(&template(&inline(statement), ""), |facts| {
        let (api, web) = ([resource(facts, "$Api;")], [resource(facts, "$Web;")]);
        assert_eq!(answer(facts, "s:A", On::Arn(&api)), ("lacks", 0));
        assert_eq!(answer(facts, "s:A", On::Arn(&web)), ("has", 0));
        assert_eq!(answer(facts, "iam:PassRole", On::Some), ("lacks", 0));
        assert_eq!(answer(facts, "s:A", On::Some), ("has", 0));
    });
}

#[test]
fn a_denial_takes_away_and_a_condition_makes_both_unsure() {
    let allow = "{Effect: Allow, Action: '*', Resource: '*'}";
    let bounded = "Condition: {StringEquals: {'kms:ViaService': x}}";
    for (deny, expected) in [
        ("{Effect: Deny, Action: 's:*', Resource: '*'}", "lacks"),
        ("{Effect: Deny, Action: 's:*', Resource: !Ref Db}", "lacks"),
        ("{Effect: Deny, Action: 's:*', Resource: !Ref Some}", "unsure"),
        ("{Effect: Deny, Action: 't:*', Resource: '*'}", "has"),
        (
            &format!("{{Effect: Deny, Action: 's:*', Resource: '*', {bounded}}}"),
            "unsure",
        ),
        (
            "{Effect: Deny, Action: 's:*', Resource: '*', Condition: {Bool: {'aws:SecureTransport': false}}}",
            "has",
        ),
    ] {
        with_facts(&template(&inline(&format!("[{allow}, {deny}]")), ""), |facts| {
            let wanted = [resource(facts, "$Db;")];
            assert_eq!(answer(facts, "s:A", On::Arn(&wanted)).0, expected, "{deny}");
        });
    }
    let statement = format!("{{Effect: Allow, Action: '*', Resource: '*', {bounded}}}");
    with_facts(&template(&inline(&statement), ""), |facts| {
        assert_eq!(answer(facts, "s:A", On::Every), ("unsure", 0));
    });
}

#[test]
fn a_boundary_bounds() {
    let role = format!(
        "      PermissionsBoundary: !Ref Boundary\n{}",
        inline("{Effect: Allow, Action: '*', Resource: '*'}")
    );
    let boundary = "  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: {Effect: Allow, Action: 's:*', Resource: '*'}}
";
    with_facts(&template(&role, boundary), |facts| {
        assert_eq!(answer(facts, "s:A", On::Every).0, "has");
        assert_eq!(answer(facts, "t:A", On::Every).0, "lacks");
    });
    let role = role.replace("!Ref Boundary", "!Ref Some");
    with_facts(&template(&role, ""), |facts| {
        assert_eq!(answer(facts, "t:A", On::Every).0, "unsure");
    });
}

#[test]
fn policies_that_are_not_known_leave_the_answer_open() {
    let role = "      ManagedPolicyArns: [!Ref Some]\n";
    with_facts(&template(role, ""), |facts| {
        assert_eq!(answer(facts, "s:A", On::Some), ("unsure", 1));
    });
    let role = "      ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']\n";
    with_facts(&template(role, ""), |facts| {
        assert_eq!(answer(facts, "s:A", On::Some), ("unsure", 0));
    });
    let out = "Outputs: {Arn: {Value: !GetAtt Role.Arn, Export: {Name: role}}}\n";
    with_facts(&template("      RoleName: role\n", out), |facts| {
        assert_eq!(answer(facts, "s:A", On::Some), ("unsure", 1));
    });
}

#[test]
fn a_policy_of_aws_gives_what_its_document_says() {
    let role = "      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy']\n";
    with_facts(&template(role, ""), |facts| {
        let wanted = [resource(facts, "$Repo.Arn;")];
        assert_eq!(answer(facts, "ecr:BatchGetImage", On::Arn(&wanted)).0, "has");
        assert_eq!(answer(facts, "logs:CreateLogGroup", On::Some).0, "lacks");
    });
}

#[test]
fn the_root_of_the_account_is_nobody_in_particular() {
    let key = |principal: &str| {
        format!(
            "  Own:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: {{Statement: [{{Effect: Allow, Action: 'kms:*', Resource: '*', Principal: {{AWS: {principal}}}}}]}}
"
        )
    };
    for (principal, expected) in [
        ("!Sub 'arn:aws:iam::${AWS::AccountId}:root'", false),
        ("'123456789012'", false),
        ("!GetAtt Role.Arn", true),
        ("'*'", true),
    ] {
        with_facts(&template("      RoleName: r\n", &key(principal)), |facts| {
            let keys = facts.inventory.of_type("AWS::KMS::Key");
            let document = facts.inventory.eval.property(keys[1], &["KeyPolicy"]);
            let allowed = may_be_allowed_by(&facts.inventory, document, "kms:Decrypt");
            assert_eq!(allowed, expected, "{principal}");
        });
    }
}

#[test]
fn a_name_that_a_parameter_decides_is_that_name_only_with_this_value() {
    let pull = "ecr:BatchGetImage";
    let given = |name: &str| format!("'arn:aws:ecr:*:*:repository/{name}'");
    assert_eq!(on_resource(pull, &given("dev-app"), "$Repo.Arn;"), "unsure");
    assert_eq!(on_resource(pull, &given("*-app"), "$Repo.Arn;"), "has");
    assert_eq!(on_resource(pull, &given("*-web"), "$Repo.Arn;"), "lacks");
}

#[test]
fn what_is_not_known_of_the_resource_is_the_reason() {
    let statement = "{Effect: Allow, Action: 'ecr:*', Resource: 'arn:aws:ecr:*:*:repository/x*'}";
    with_facts(&template(&inline(statement), ""), |facts| {
        let wanted = [resource(
            facts,
            "arn:aws:ecr:eu-west-1:123456789012:repository/$Some;",
        )];
        let answer = answer(facts, "ecr:BatchGetImage", On::Arn(&wanted));
        assert_eq!(answer, ("unsure", 1));
    });
}
