//! No format prints a secret, whichever rule found it or stands next to it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use ecslint::diag::{Suppression, SuppressionKind};
use ecslint::files::Disk;
use ecslint::lint::{Linter, Report, Stdin};
use ecslint::report::{Format, Options, write};
use ecslint::rule::Rule;
use ecslint::rules;

/// Secrets of the template below; none of them is in a fixture, since pages of rules show those.
const SECRETS: &[&str] = &[
    "AKIAJ7QWMZXNB5VLKT3R",
    "tr0mb0n1st",
    "gatherer7",
    "c0rrecth0rse",
    "MIIEowIBAAKCAQEAx7Zq",
    "b4ttery",
    "s3rvus",
    "rumpel",
    "stiltskin",
    "0auth-of-mine",
    "0auth-by-default",
    "h00k-of-mine",
    "wJalr-of-mine",
    "r0bot-of-mine",
];

const TEMPLATE: &str = r#"
Parameters:
  Password: { Type: String, Default: gatherer7 }
  Silent: { Type: String, NoEcho: true, Default: c0rrecth0rse }
  GitHub: { Type: String, Default: 0auth-by-default }
Conditions:
  IsSilent: !Equals [!Ref Silent, c0rrecth0rse]
  IsKnown: !Equals [!Ref Password, gatherer7]
Resources:
  Plain:
    Type: AWS::SecretsManager::Secret
    Properties: { SecretString: !If [IsKnown, s3rvus, !Sub '{"token": "rumpel\u0021"}'] }
  Json:
    Type: AWS::SecretsManager::Secret
    Properties:
      SecretString: "{\"password\": \"stiltskin\", \"key\": \"\u0041\"}"
  Stored:
    Type: AWS::SSM::Parameter
    Properties: { Name: /app/password, Type: String, Value: "rumpel and more" }
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: app
          Image: !If [IsSilent, !If [IsKnown, "app", "app:1"], "app:2"]
          Command: [serve, --key, AKIAJ7QWMZXNB5VLKT3R]
          Environment:
            - { Name: URL, Value: "https://app:tr0mb0n1st@example.com" }
            - { Name: DB_PASSWORD, Value: !Ref Password }
            - { Name: ADMIN_PASSWORD, Value: !Ref Silent }
            - Name: API_TOKEN
              Value: b4ttery
            - Name: KEY
              Value: |
                -----BEGIN PRIVATE KEY-----
                MIIEowIBAAKCAQEAx7Zq9w0BAQEFAASCBKcwggSj
                -----END PRIVATE KEY-----
        - Name: "AKIAJ7QWMZXNB5VLKT3R"
          Image: "https://app:tr0mb0n1st@example.com/app"
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Stages:
        - Name: Source
          Actions:
            - { Name: One, ActionTypeId: { Category: Source, Provider: GitHub }, Configuration: { OAuthToken: 0auth-of-mine } }
            - { Name: Two, ActionTypeId: { Category: Source, Provider: GitHub }, Configuration: { OAuthToken: !Ref GitHub } }
  Webhook:
    Type: AWS::CodePipeline::Webhook
    Properties: { AuthenticationConfiguration: { SecretToken: h00k-of-mine } }
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      Environment: { EnvironmentVariables: [{ Name: AWS_SECRET_ACCESS_KEY, Value: wJalr-of-mine }] }
      Source: { Type: GITHUB, Location: "https://robot:r0bot-of-mine@example.com/shop.git" }
"#;

fn checked(rules: Vec<&'static Rule>, template: &str) -> Report {
    let linter = Linter {
        stdin: Some(Stdin {
            bytes: template.as_bytes().to_vec(),
        }),
        rules,
        ..Linter::new(&Disk, std::env::temp_dir(), vec!["-".into()])
    };
    linter.run().unwrap()
}

fn printed(report: &Report, format: Format) -> String {
    let options = Options {
        show_undetermined: true,
        show_suppressed: true,
        ..Options::default()
    };
    let mut out = Vec::new();
    write(format, report, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn no_format_prints_a_secret() {
    let report = checked(rules::RULES.to_vec(), TEMPLATE);
    assert!(report.findings.len() > SECRETS.len());
    for format in Format::ALL {
        let text = printed(&report, *format);
        assert!(text.contains("plaintext-secret-in-environment"), "{format}");
        for secret in SECRETS {
            assert!(!text.contains(secret), "{format} prints {secret}:\n{text}");
        }
    }
}

#[test]
fn a_rule_that_knows_nothing_of_secrets_shows_none_beside_its_own_place() {
    let rule = rules::find("mutable-image-tag").unwrap();
    let report = checked(vec![rule], TEMPLATE);
    assert!(!report.findings.is_empty());
    for format in Format::ALL {
        let text = printed(&report, *format);
        for secret in ["AKIAJ7QWMZXNB5VLKT3R", "tr0mb0n1st", "c0rrecth0rse"] {
            assert!(!text.contains(secret), "{format} prints {secret}:\n{text}");
        }
    }
}

#[test]
fn what_is_accepted_shows_no_secret_either() {
    let mut report = checked(rules::RULES.to_vec(), TEMPLATE);
    let suppression = |kind| Suppression {
        kind,
        by: "a test".to_owned(),
        reason: None,
        until: None,
        since: None,
    };
    report.suppressed = std::mem::take(&mut report.findings);
    report.baselined = report.suppressed.clone();
    for finding in &mut report.suppressed {
        finding.suppression = Some(suppression(SuppressionKind::Comment));
    }
    for finding in &mut report.baselined {
        finding.suppression = Some(suppression(SuppressionKind::Baseline));
    }
    for format in Format::ALL {
        let text = printed(&report, *format);
        assert!(text.contains("plaintext-secret-in-environment"), "{format}");
        for secret in SECRETS {
            assert!(!text.contains(secret), "{format} prints {secret}:\n{text}");
        }
    }
}
