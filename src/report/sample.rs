//! A report with everything a format can meet, for the tests.

use std::sync::Arc;
use std::time::Duration;

use crate::diag::{
    Confidence, Diagnostic, Label, Outcome, Problem, Reason, Role, Severity, Subject, Suppression,
    SuppressionKind, When,
};
use crate::lint::{Crash, InputError, Report, Skipped, Stats};
use crate::rule::{Category, Check, Docs, Profile, Rule, Safety};
use crate::source::{FileId, Source, Sources, Span};

pub(super) static PUBLIC_IP: Rule = Rule {
    name: "task-public-ip",
    summary: "tasks have no public IP address",
    docs: Docs {
        why: "A public address makes a task reachable from the internet.",
        decides: "Reads AssignPublicIp and the routes of the subnets.",
        fix: "Set AssignPublicIp: DISABLED.",
        safety: Safety::Advice,
    },
    category: Category::Network,
    severity: Severity::Error,
    security_severity: Some(8.6),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_333"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
    options: &[],
    check: Check::Native(|_| {}),
};

pub(super) static LOG_RETENTION: Rule = Rule {
    name: "log-retention-missing",
    summary: "log groups say how long they keep events",
    docs: Docs {
        why: "A log group without retention keeps events for ever.",
        decides: "Reads RetentionInDays.",
        fix: "Set RetentionInDays.",
        safety: Safety::Advice,
    },
    category: Category::Observability,
    severity: Severity::Info,
    security_severity: None,
    profile: Profile::All,
    since: "0.1.0",
    references: &[],
    aws_page: "",
    options: &[],
    check: Check::Native(|_| {}),
};

const SERVICE: &str = "\
Resources:
  MyService: # 서비스
    Type: AWS::ECS::Service
    Properties:
      NetworkConfiguration:
        AwsvpcConfiguration:
          AssignPublicIp: ENABLED
          # the subnets of the 공용 network
          Subnets: ['😀', !Ref PublicSubnet, 한글]
  Tail:
    Type: AWS::Logs::LogGroup
";

const NETWORK: &str = "\
Resources:\r
  MyRoute:\r
    Type: AWS::EC2::Route\r
    Properties:\r
      DestinationCidrBlock: 0.0.0.0/0\r
      GatewayId: !Ref MyIGW\r
";

const BROKEN: &str = "\
Resources:
  A: {Type: AWS::ECS::Cluster}
  \u{1b}]0;title\u{7}\u{202e}B: [
";

/// The files of the sample.
pub(super) struct Files {
    pub(super) sources: Sources,
    pub(super) service: FileId,
    pub(super) network: FileId,
    pub(super) json: FileId,
    pub(super) broken: FileId,
}

impl Files {
    pub(super) fn new() -> Self {
        let mut sources = Sources::default();
        let service = sources.add(Source::new("templates/my service.yaml", SERVICE));
        let network = sources.add(Source::new("templates/nested/vpc.yaml", NETWORK));
        let filler = "\"Pad\": \"0123456789\", ".repeat(5000);
        let json = format!("{{{filler}\"Key\": \"한글 value\", {filler}\"End\": 1}}");
        let json = sources.add(Source::new("templates/long.json", json));
        let broken = sources.add(Source::new("broken\u{1b}[31m.yaml", BROKEN));
        Self {
            sources,
            service,
            network,
            json,
            broken,
        }
    }

    /// The first place of a text in a file.
    pub(super) fn find(&self, file: FileId, text: &str) -> Span {
        let start = self.sources.get(file).text().find(text).unwrap() as u32;
        Span::new(file, start, start + text.len() as u32)
    }

    pub(super) fn label(&self, file: FileId, needle: &str, text: &str, role: Role) -> Label {
        Label {
            span: self.find(file, needle),
            text: text.to_owned(),
            role,
            resource: None,
        }
    }

    fn subject(&self, file: FileId, id: &str, type_name: &str, stack: &str) -> Arc<Subject> {
        Arc::new(Subject {
            logical_id: id.into(),
            type_name: type_name.into(),
            span: self.find(file, id),
            stack: stack.into(),
            cdk_path: None,
        })
    }
}

/// A violation with nothing but a rule, a message and a place.
pub(super) fn plain(rule: &Rule, message: &str, primary: Label) -> Diagnostic {
    Diagnostic {
        rule: rule.name.into(),
        outcome: Outcome::Violation,
        severity: rule.severity,
        confidence: Confidence::High,
        message: message.to_owned(),
        help: None,
        primary,
        related: Vec::new(),
        when: When::Always,
        because: Vec::new(),
        secrets: Vec::new(),
        subject: None,
        stacks: vec!["".into()],
        path: "".into(),
        pointer: String::new(),
        shape: String::new(),
        atom: String::new(),
        id: "0123456789abcdef".to_owned(),
        touched: true,
        suppression: None,
        environments: Vec::new(),
    }
}

/// The finding with evidence near, elsewhere in the file and in another one.
fn public_ip(files: &Files) -> Diagnostic {
    let mut finding = plain(
        &PUBLIC_IP,
        "service `MyService` gives its tasks public IP addresses",
        files.label(
            files.service,
            "AssignPublicIp: ENABLED",
            "tasks get a public IP",
            Role::Evidence,
        ),
    );
    let subject = files.subject(files.service, "MyService", "AWS::ECS::Service", "Service");
    let mut route = files.label(
        files.network,
        "GatewayId: !Ref MyIGW",
        "route 0.0.0.0/0 → [MyIGW] (internet gateway)",
        Role::Evidence,
    );
    route.resource = Some(files.subject(files.network, "MyRoute", "AWS::EC2::Route", "Vpc"));
    finding.related = vec![
        files.label(
            files.service,
            "!Ref PublicSubnet",
            "this subnet is public",
            Role::Evidence,
        ),
        route,
        files.label(files.service, "한글", "as is this one", Role::Definition),
    ];
    finding.help =
        Some("set AssignPublicIp: DISABLED and use subnets routed through a NAT gateway".to_owned());
    finding.stacks = vec!["Service".into()];
    finding.pointer =
        "/Resources/MyService/Properties/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp".to_owned();
    finding.subject = Some(subject);
    finding
}

/// The finding that holds sometimes, in several stacks, over several lines.
fn retention(files: &Files) -> Diagnostic {
    let start = files.find(files.service, "Tail:").start;
    let end = files.sources.get(files.service).text().len() as u32;
    let primary = Label {
        span: Span::new(files.service, start, end),
        text: String::new(),
        role: Role::Evidence,
        resource: None,
    };
    let mut finding = plain(&LOG_RETENTION, "log group `Tail` keeps events for ever", primary);
    finding.when = When::Sometimes(vec!["Environment = dev".to_owned(), "Region is not x".to_owned()]);
    finding.confidence = Confidence::Medium;
    finding.stacks = vec!["".into(), "Api".into(), "Api/Admin".into()];
    finding.pointer = "/Resources/Tail".to_owned();
    finding.id = "fedcba9876543210".to_owned();
    finding
}

/// The finding whose message, label and line are hostile.
fn hostile(files: &Files) -> Diagnostic {
    let mut finding = plain(
        &PUBLIC_IP,
        "service `\u{1b}[2J\u{202e}evil\r\n` has [a link](http://e)",
        files.label(files.broken, "\u{202e}B: [", "text\u{9b}31m", Role::Evidence),
    );
    finding.severity = Severity::Warning;
    finding.when = When::ByDefault(vec!["Name = \u{1b}[0m".to_owned()]);
    finding.subject = Some(files.subject(files.broken, "B", "AWS::ECS::Service\u{7}", "Na\u{1b}me"));
    finding.stacks = vec!["Na\u{1b}me".into()];
    finding
}

fn undetermined(files: &Files) -> Diagnostic {
    let mut check = plain(
        &PUBLIC_IP,
        "whether service `MyService` runs in public subnets",
        files.label(files.service, "Subnets", "these subnets", Role::Evidence),
    );
    check.outcome = Outcome::Undetermined;
    check.because = vec![
        Reason {
            text: "parameter `SubnetIds` has no value".to_owned(),
            settle: "pass `--param SubnetIds=…`".to_owned(),
        },
        Reason {
            text: "the template of `Vpc` is not here".to_owned(),
            settle: String::new(),
        },
    ];
    check.pointer = "/Resources/MyService".to_owned();
    check
}

/// A finding that a comment accepts.
fn accepted(files: &Files) -> Diagnostic {
    let mut finding = plain(
        &PUBLIC_IP,
        "service `Tail` gives its tasks public IP addresses",
        files.label(files.service, "AWS::Logs::LogGroup", "", Role::Evidence),
    );
    finding.id = "00112233445566aa".to_owned();
    finding.suppression = Some(Suppression {
        kind: SuppressionKind::Comment,
        by: "ecslint: ignore[task-public-ip]".to_owned(),
        reason: Some("no NAT in\u{1b} the lab".to_owned()),
        until: Some("2027-06-30".to_owned()),
        since: None,
    });
    finding
}

/// A finding that the baseline knows.
fn baselined(files: &Files) -> Diagnostic {
    let mut finding = plain(
        &LOG_RETENTION,
        "log group `Old` keeps events for ever",
        files.label(files.network, "MyRoute", "", Role::Evidence),
    );
    finding.id = "99112233445566aa".to_owned();
    finding.suppression = Some(Suppression {
        kind: SuppressionKind::Baseline,
        by: ".ecslint-baseline.json".to_owned(),
        reason: None,
        until: None,
        since: Some("2026-10-01".to_owned()),
    });
    finding
}

fn errors(files: &Files) -> Vec<InputError> {
    vec![
        InputError {
            path: "missing.yaml".into(),
            message: "no such file".to_owned(),
            problem: None,
        },
        InputError {
            path: "broken\u{1b}[31m.yaml".into(),
            message: "not valid YAML".to_owned(),
            problem: Some(
                Problem::new(files.find(files.broken, "["), "this list is not closed")
                    .with_help("close it with `]`")
                    .with_label(files.find(files.broken, "A: {"), "the first entry")
                    .with_label(files.find(files.network, "MyRoute"), "elsewhere"),
            ),
        },
    ]
}

/// A report with findings in four files, undetermined checks, accepted findings, errors and a crash.
pub(super) fn report() -> Report {
    let files = Files::new();
    let mut json = plain(
        &LOG_RETENTION,
        "the value is long",
        files.label(files.json, "한글 value", "this value", Role::Evidence),
    );
    json.related = vec![
        files.label(files.json, "\"Key\"", "this key", Role::Definition),
        files.label(files.json, "\"End\"", "far away on the same line", Role::Parent),
    ];
    Report {
        findings: vec![hostile(&files), json, public_ip(&files), retention(&files)],
        undetermined: vec![undetermined(&files)],
        suppressed: vec![accepted(&files)],
        baselined: vec![baselined(&files)],
        errors: errors(&files),
        crashes: vec![Crash {
            rule: "log-retention-missing".into(),
            message: "index out of\u{1b} range".to_owned(),
        }],
        skipped: vec![Skipped {
            path: "build\u{1b}spec.yml".into(),
            reason: "not a CloudFormation template",
        }],
        rules: vec![&PUBLIC_IP, &LOG_RETENTION],
        stats: Stats {
            templates: 3,
            context: 0,
            is_cut: false,
            resources: 5,
            stacks: 4,
            elapsed: Duration::from_millis(12),
        },
        templates: vec![files.json, files.service, files.network],
        environments: Vec::new(),
        sources: files.sources,
        ..Report::default()
    }
}

/// A report without anything to say.
pub(super) fn empty() -> Report {
    Report {
        rules: vec![&PUBLIC_IP],
        ..Report::default()
    }
}
