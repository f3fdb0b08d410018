//! Deployments of any size, the same bytes every time: applications of a network, security groups and services, with
//! parameters and conditions, tied by nested stacks in every other application and by exports and imports in the rest. Most
//! are as they should be, and every tenth has two dozen flaws in each service: two findings for each template of a set. The
//! examples of the field have six, and what is checked with every commit has next to none.

// Every benchmark takes the module as its own, and none needs all of it.
#![allow(dead_code, reason = "shared by benchmarks of which each uses a part")]

mod service;

use std::fmt::Write;

use service::{Surroundings, groups, service};

/// A file of a deployment: its path in the folder of the set, and its text.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// How the templates of an application are tied to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ties {
    /// A root nests them and passes what one needs of another.
    Nested,
    /// Each is a stack of its own that imports what another exports.
    Imported,
}

/// How well an application was made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Nothing, or next to nothing, is found.
    Sound,
    /// Much is found.
    Flawed,
}

/// What the services of an application have in common.
#[derive(Clone, Copy)]
pub(crate) struct Make {
    pub(crate) ties: Ties,
    pub(crate) care: Care,
}

/// One of so many applications is flawed.
const FLAWED_EVERY: usize = 10;

/// Services of an application in [`templates`].
const SERVICES: usize = 7;

/// A set of applications, each with a folder of its own and as many services.
pub(crate) fn set(applications: usize, services: usize) -> Vec<File> {
    let make = |number: usize| Make {
        ties: [Ties::Nested, Ties::Imported][number % 2],
        care: care(number),
    };
    let applications = 0..applications;
    applications
        .flat_map(|number| application(number, services, make(number)))
        .collect()
}

/// The first templates of a set of applications with seven services each.
pub(crate) fn templates(count: usize) -> Vec<File> {
    let mut files = set(count.div_ceil(SERVICES + 2), SERVICES);
    files.truncate(count);
    files
}

/// One network, and services that import from it and export in their turn, all in one folder.
pub(crate) fn importing(services: usize) -> Vec<File> {
    let mut files = vec![File {
        path: "network.yaml".to_owned(),
        text: network(
            0,
            Make {
                ties: Ties::Imported,
                care: Care::Sound,
            },
        ),
    }];
    files.extend((0..services).map(|service| File {
        path: format!("service-{service:05}.yaml"),
        text: standing_service(service),
    }));
    files
}

/// One template of at least so many bytes: services that choose by its parameters, in a network that is given.
pub(crate) fn template(bytes: usize) -> String {
    let mut resources = String::new();
    let mut count = 0;
    while count == 0 || resources.len() < bytes {
        let around = Surroundings {
            vpc: "!Ref VpcId".to_owned(),
            subnets: "!Ref Subnets".to_owned(),
            tasks: format!("!Ref Tasks{count}"),
            door: format!("!Ref Door{count}"),
        };
        let care = care(count);
        resources += &groups(count, &around.vpc, care);
        resources += &service(count, &around, care);
        count += 1;
    }
    format!(
        "Description: {count} services\nParameters:\n{}{}{}Resources:\n{resources}",
        settings(),
        given("VpcId", "AWS::EC2::VPC::Id"),
        given("Subnets", "List<AWS::EC2::Subnet::Id>") + &delivered() + CONDITIONS
    )
}

/// How well an application or a service was made, by its number; of those that are tied in one way some are flawed, too.
fn care(number: usize) -> Care {
    match number % FLAWED_EVERY == number / FLAWED_EVERY % 2 {
        true => Care::Flawed,
        false => Care::Sound,
    }
}

/// The files of an application.
pub(crate) fn application(number: usize, services: usize, make: Make) -> Vec<File> {
    let folder = format!("application-{number:04}");
    let file = |name: &str, text: String| File {
        path: format!("{folder}/{name}.yaml"),
        text,
    };
    let mut files = Vec::new();
    if make.ties == Ties::Nested {
        files.push(file("root", root(number, services)));
    }
    files.push(file("network", network(number, make)));
    files.push(file("security", security_stack(services, make)));
    let stacks = (0..services).map(|at| file(&format!("service-{at:02}"), service_stack(at, make)));
    files.extend(stacks);
    files
}

const CONDITIONS: &str = "Conditions:\n  IsProduction: !Equals [!Ref Environment, production]\n  \
    IsOpen: !And [!Not [!Condition IsProduction], !Equals [!Ref Reach, world]]\n";

/// The parameters of what is there before: a certificate, a bucket for logs, a topic for alarms.
fn delivered() -> String {
    ["Certificate", "LogBucket", "Topic"]
        .map(|name| given(name, "String"))
        .concat()
}

/// The parameters that the conditions ask for.
fn settings() -> String {
    "  Environment: {Type: String, AllowedValues: [development, staging, production], Default: development}\n  \
       Reach: {Type: String, AllowedValues: [office, world], Default: office}\n"
        .to_owned()
}

fn given(name: &str, kind: &str) -> String {
    format!("  {name}: {{Type: '{kind}'}}\n")
}

/// An import of what a stack exports whose name is in a parameter.
fn import(stack: &str, name: &str) -> String {
    format!("!ImportValue {{'Fn::Sub': '${{{stack}}}-{name}'}}")
}

fn output(name: &str, value: &str, ties: Ties) -> String {
    let export = match ties {
        Ties::Nested => String::new(),
        Ties::Imported => format!("\n    Export: {{Name: !Sub '${{AWS::StackName}}-{name}'}}"),
    };
    format!("  {name}:\n    Value: {value}{export}\n")
}

fn root(number: usize, services: usize) -> String {
    let mut text = format!(
        "Description: application {number}\nParameters:\n{}{}Resources:\n",
        settings(),
        delivered()
    );
    let mut nest = |id: &str, file: &str, arguments: &[(&str, String)]| {
        let _ = write!(
            text,
            "  {id}:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {file}.yaml\n      \
             Parameters:\n        Environment: !Ref Environment\n        Reach: !Ref Reach\n"
        );
        for (name, value) in arguments {
            let _ = writeln!(text, "        {name}: {value}");
        }
    };
    let of = |stack: &str, name: &str| format!("!GetAtt {stack}.Outputs.{name}");
    nest("Network", "network", &[]);
    nest("Security", "security", &[("VpcId", of("Network", "VpcId"))]);
    for at in 0..services {
        let arguments = [
            ("VpcId", of("Network", "VpcId")),
            ("Subnets", of("Network", "Private")),
            ("Tasks", of("Security", &format!("Tasks{at}"))),
            ("Door", of("Security", &format!("Door{at}"))),
            ("Certificate", "!Ref Certificate".to_owned()),
            ("LogBucket", "!Ref LogBucket".to_owned()),
            ("Topic", "!Ref Topic".to_owned()),
        ];
        nest(&format!("Service{at}"), &format!("service-{at:02}"), &arguments);
    }
    text
}

fn network(number: usize, make: Make) -> String {
    let block = number % 256;
    let mut text = format!(
        "Description: the network of application {number}\nParameters:\n{}{CONDITIONS}Resources:\n  \
         Vpc:\n    Type: AWS::EC2::VPC\n    Properties: {{CidrBlock: 10.{block}.0.0/16, EnableDnsHostnames: true}}\n  \
         Internet: {{Type: AWS::EC2::InternetGateway}}\n  \
         Attachment:\n    Type: AWS::EC2::VPCGatewayAttachment\n    \
         Properties: {{VpcId: !Ref Vpc, InternetGatewayId: !Ref Internet}}\n  \
         PublicRoutes:\n    Type: AWS::EC2::RouteTable\n    Properties: {{VpcId: !Ref Vpc}}\n  \
         PublicDefault:\n    Type: AWS::EC2::Route\n    DependsOn: Attachment\n    Properties:\n      \
         RouteTableId: !Ref PublicRoutes\n      DestinationCidrBlock: 0.0.0.0/0\n      GatewayId: !Ref Internet\n",
        settings()
    );
    for (at, zone) in ["A", "B"].into_iter().enumerate() {
        let private = 10 + at;
        let _ = write!(
            text,
            "  Public{zone}:\n    Type: AWS::EC2::Subnet\n    Properties:\n      VpcId: !Ref Vpc\n      \
             CidrBlock: 10.{block}.{at}.0/24\n      AvailabilityZone: !Select [{at}, !GetAZs '']\n      \
             MapPublicIpOnLaunch: !If [IsProduction, false, true]\n  \
             Private{zone}:\n    Type: AWS::EC2::Subnet\n    Properties:\n      VpcId: !Ref Vpc\n      \
             CidrBlock: 10.{block}.{private}.0/24\n      AvailabilityZone: !Select [{at}, !GetAZs '']\n  \
             Address{zone}:\n    Type: AWS::EC2::EIP\n    Properties: {{Domain: vpc}}\n  \
             Nat{zone}:\n    Type: AWS::EC2::NatGateway\n    Properties:\n      SubnetId: !Ref Public{zone}\n      \
             AllocationId: !GetAtt Address{zone}.AllocationId\n  \
             Private{zone}Routes:\n    Type: AWS::EC2::RouteTable\n    Properties: {{VpcId: !Ref Vpc}}\n  \
             Private{zone}Default:\n    Type: AWS::EC2::Route\n    Properties:\n      \
             RouteTableId: !Ref Private{zone}Routes\n      DestinationCidrBlock: 0.0.0.0/0\n      \
             NatGatewayId: !If [IsProduction, !Ref Nat{zone}, !Ref NatA]\n  \
             RoutesOfPublic{zone}:\n    Type: AWS::EC2::SubnetRouteTableAssociation\n    \
             Properties: {{SubnetId: !Ref Public{zone}, RouteTableId: !Ref PublicRoutes}}\n  \
             RoutesOfPrivate{zone}:\n    Type: AWS::EC2::SubnetRouteTableAssociation\n    \
             Properties: {{SubnetId: !Ref Private{zone}, RouteTableId: !Ref Private{zone}Routes}}\n"
        );
    }
    if make.care == Care::Sound {
        text += "  FlowLog:\n    Type: AWS::EC2::FlowLog\n    Properties:\n      ResourceType: VPC\n      \
                 ResourceId: !Ref Vpc\n      TrafficType: ALL\n      LogDestinationType: s3\n      \
                 LogDestination: !Sub 'arn:${AWS::Partition}:s3:::flow-logs-${AWS::AccountId}'\n";
    }
    text += "Outputs:\n";
    text += &output("VpcId", "!Ref Vpc", make.ties);
    text += &output(
        "Private",
        "!Join [',', [!Ref PrivateA, !Ref PrivateB]]",
        make.ties,
    );
    text
}

fn security_stack(services: usize, make: Make) -> String {
    let mut text = format!("Description: security groups\nParameters:\n{}", settings());
    let vpc = match make.ties {
        Ties::Nested => {
            text += &given("VpcId", "AWS::EC2::VPC::Id");
            "!Ref VpcId".to_owned()
        }
        Ties::Imported => {
            text += &given("NetworkStack", "String");
            import("NetworkStack", "VpcId")
        }
    };
    text += CONDITIONS;
    text += "Resources:\n";
    (0..services).for_each(|at| text += &groups(at, &vpc, make.care));
    text += "Outputs:\n";
    for at in 0..services {
        for group in ["Tasks", "Door"] {
            let name = format!("{group}{at}");
            text += &output(&name, &format!("!Ref {name}"), make.ties);
        }
    }
    text
}

fn service_stack(at: usize, make: Make) -> String {
    let mut text = format!(
        "Description: service {at}\nParameters:\n{}{}",
        settings(),
        delivered()
    );
    let around = match make.ties {
        Ties::Nested => {
            text += &given("VpcId", "AWS::EC2::VPC::Id");
            text += &given("Subnets", "CommaDelimitedList");
            text += &given("Tasks", "AWS::EC2::SecurityGroup::Id");
            text += &given("Door", "AWS::EC2::SecurityGroup::Id");
            Surroundings {
                vpc: "!Ref VpcId".to_owned(),
                subnets: "!Ref Subnets".to_owned(),
                tasks: "!Ref Tasks".to_owned(),
                door: "!Ref Door".to_owned(),
            }
        }
        Ties::Imported => {
            text += &given("NetworkStack", "String");
            text += &given("SecurityStack", "String");
            Surroundings {
                vpc: import("NetworkStack", "VpcId"),
                subnets: format!("!Split [',', {}]", import("NetworkStack", "Private")),
                tasks: import("SecurityStack", &format!("Tasks{at}")),
                door: import("SecurityStack", &format!("Door{at}")),
            }
        }
    };
    text += CONDITIONS;
    text += "Resources:\n";
    text += &service(at, &around, make.care);
    text
}

/// A service with groups of its own in an imported network; it exports its group under a name of its own.
fn standing_service(at: usize) -> String {
    let around = Surroundings {
        vpc: import("NetworkStack", "VpcId"),
        subnets: format!("!Split [',', {}]", import("NetworkStack", "Private")),
        tasks: format!("!Ref Tasks{at}"),
        door: format!("!Ref Door{at}"),
    };
    format!(
        "Description: service {at}\nParameters:\n{}{}{}{CONDITIONS}Resources:\n{}{}Outputs:\n{}",
        settings(),
        delivered(),
        given("NetworkStack", "String"),
        groups(at, &around.vpc, care(at)),
        service(at, &around, care(at)),
        output(&format!("Tasks{at}"), &format!("!Ref Tasks{at}"), Ties::Imported),
    )
}
