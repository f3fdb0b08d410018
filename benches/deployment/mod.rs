//! Deployments of any size, the same bytes every time: applications of a network, security groups and services, with
//! parameters and conditions, tied by nested stacks in every other application and by exports and imports in the rest.

// Every benchmark takes the module as its own, and none needs all of it.
#![allow(dead_code, reason = "shared by benchmarks of which each uses a part")]

use std::fmt::Write;

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

/// Services of an application in [`templates`].
const SERVICES: usize = 7;

/// A set of applications, each with a folder of its own and as many services.
pub(crate) fn set(applications: usize, services: usize) -> Vec<File> {
    let ties = |number: usize| [Ties::Nested, Ties::Imported][number % 2];
    let applications = 0..applications;
    applications
        .flat_map(|number| application(number, services, ties(number)))
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
        text: network(0, Ties::Imported),
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
        resources += &security(count, "!Ref VpcId");
        resources += &service(count, "!Ref VpcId", "!Ref Subnets", &format!("!Ref Tasks{count}"));
        count += 1;
    }
    format!(
        "Description: {count} services\nParameters:\n{}{}{}Resources:\n{resources}",
        settings(),
        given("VpcId", "AWS::EC2::VPC::Id"),
        given("Subnets", "List<AWS::EC2::Subnet::Id>") + CONDITIONS
    )
}

/// The files of an application.
pub(crate) fn application(number: usize, services: usize, ties: Ties) -> Vec<File> {
    let folder = format!("application-{number:04}");
    let file = |name: &str, text: String| File {
        path: format!("{folder}/{name}.yaml"),
        text,
    };
    let mut files = Vec::new();
    if ties == Ties::Nested {
        files.push(file("root", root(number, services)));
    }
    files.push(file("network", network(number, ties)));
    files.push(file("security", security_stack(services, ties)));
    let stacks = (0..services).map(|at| file(&format!("service-{at:02}"), service_stack(at, ties)));
    files.extend(stacks);
    files
}

const CONDITIONS: &str = "Conditions:\n  IsProduction: !Equals [!Ref Environment, production]\n  \
    IsOpen: !And [!Not [!Condition IsProduction], !Equals [!Ref Reach, world]]\n";

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
        "Description: application {number}\nParameters:\n{}Resources:\n",
        settings()
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
            ("Group", of("Security", &format!("Tasks{at}"))),
        ];
        nest(&format!("Service{at}"), &format!("service-{at:02}"), &arguments);
    }
    text
}

fn network(number: usize, ties: Ties) -> String {
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
    text += "Outputs:\n";
    text += &output("VpcId", "!Ref Vpc", ties);
    text += &output("Private", "!Join [',', [!Ref PrivateA, !Ref PrivateB]]", ties);
    text
}

fn security_stack(services: usize, ties: Ties) -> String {
    let mut text = format!("Description: security groups\nParameters:\n{}", settings());
    let vpc = match ties {
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
    (0..services).for_each(|at| text += &security(at, &vpc));
    text += "Outputs:\n";
    (0..services).for_each(|at| text += &output(&format!("Tasks{at}"), &format!("!Ref Tasks{at}"), ties));
    text
}

/// The groups of a service: only its load balancer reaches the tasks, except where the deployment is open.
fn security(at: usize, vpc: &str) -> String {
    format!(
        "  Door{at}:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: the door\n      \
         VpcId: {vpc}\n      SecurityGroupIngress:\n        \
         - {{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0, Description: everybody}}\n  \
         Tasks{at}:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: the tasks\n      \
         VpcId: {vpc}\n      SecurityGroupIngress:\n        \
         - {{IpProtocol: tcp, FromPort: 8080, ToPort: 8080, SourceSecurityGroupId: !Ref Door{at}}}\n        \
         - !If [IsOpen, {{IpProtocol: tcp, FromPort: 8080, ToPort: 8080, CidrIp: 0.0.0.0/0}}, !Ref AWS::NoValue]\n"
    )
}

fn service_stack(at: usize, ties: Ties) -> String {
    let mut text = format!("Description: service {at}\nParameters:\n{}", settings());
    let (vpc, subnets, group) = match ties {
        Ties::Nested => {
            text += &given("VpcId", "AWS::EC2::VPC::Id");
            text += &given("Subnets", "CommaDelimitedList");
            text += &given("Group", "AWS::EC2::SecurityGroup::Id");
            let values = ["!Ref VpcId", "!Ref Subnets", "!Ref Group"];
            values.map(str::to_owned).into()
        }
        Ties::Imported => {
            text += &given("NetworkStack", "String");
            text += &given("SecurityStack", "String");
            let subnets = format!("!Split [',', {}]", import("NetworkStack", "Private"));
            (
                import("NetworkStack", "VpcId"),
                subnets,
                import("SecurityStack", &format!("Tasks{at}")),
            )
        }
    };
    text += CONDITIONS;
    text += "Resources:\n";
    text += &service(at, &vpc, &subnets, &group);
    text
}

/// A service with groups of its own in an imported network; it exports its group under a name of its own.
fn standing_service(at: usize) -> String {
    let vpc = import("NetworkStack", "VpcId");
    let subnets = format!("!Split [',', {}]", import("NetworkStack", "Private"));
    format!(
        "Description: service {at}\nParameters:\n{}{}{CONDITIONS}Resources:\n{}{}Outputs:\n{}",
        settings(),
        given("NetworkStack", "String"),
        security(at, &vpc),
        service(at, &vpc, &subnets, &format!("!Ref Tasks{at}")),
        output(&format!("Tasks{at}"), &format!("!Ref Tasks{at}"), Ties::Imported),
    )
}

/// What runs behind a load balancer, with its roles and its logs.
fn service(at: usize, vpc: &str, subnets: &str, group: &str) -> String {
    format!(
        "  Cluster{at}:\n    Type: AWS::ECS::Cluster\n    Properties:\n      \
         ClusterSettings: [{{Name: containerInsights, Value: !If [IsProduction, enabled, disabled]}}]\n  \
         Logs{at}:\n    Type: AWS::Logs::LogGroup\n    Properties: {{RetentionInDays: !If [IsProduction, 365, 14]}}\n{}{}  \
         Task{at}:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      RequiresCompatibilities: [FARGATE]\n      \
         NetworkMode: awsvpc\n      Cpu: !If [IsProduction, 1024, 256]\n      Memory: !If [IsProduction, 2048, 512]\n      \
         ExecutionRoleArn: !GetAtt Execution{at}.Arn\n      TaskRoleArn: !GetAtt Work{at}.Arn\n      \
         ContainerDefinitions:\n        - Name: app\n          \
         Image: !Sub '${{AWS::AccountId}}.dkr.ecr.${{AWS::Region}}.amazonaws.com/app-{at}:1.4.2'\n          \
         ReadonlyRootFilesystem: true\n          User: '1000'\n          PortMappings: [{{ContainerPort: 8080}}]\n          \
         Environment:\n            - {{Name: STAGE, Value: !Ref Environment}}\n            \
         - {{Name: ENDPOINT, Value: !Sub 'https://${{Environment}}.example.com/{at}'}}\n          \
         Secrets:\n            - Name: TOKEN\n              \
         ValueFrom: !Sub 'arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter/app/{at}/token'\n          \
         LogConfiguration:\n            LogDriver: awslogs\n            Options:\n              \
         awslogs-group: !Ref Logs{at}\n              awslogs-region: !Ref AWS::Region\n              \
         awslogs-stream-prefix: app\n  \
         Targets{at}:\n    Type: AWS::ElasticLoadBalancingV2::TargetGroup\n    Properties:\n      TargetType: ip\n      \
         Protocol: HTTP\n      Port: 8080\n      HealthCheckPath: /health\n      VpcId: {vpc}\n  \
         Balancer{at}:\n    Type: AWS::ElasticLoadBalancingV2::LoadBalancer\n    Properties:\n      Scheme: internal\n      \
         Subnets: {subnets}\n      SecurityGroups: [{group}]\n  \
         Listener{at}:\n    Type: AWS::ElasticLoadBalancingV2::Listener\n    Properties:\n      \
         LoadBalancerArn: !Ref Balancer{at}\n      Port: 80\n      Protocol: HTTP\n      \
         DefaultActions: [{{Type: forward, TargetGroupArn: !Ref Targets{at}}}]\n  \
         Service{at}:\n    Type: AWS::ECS::Service\n    DependsOn: Listener{at}\n    Properties:\n      \
         Cluster: !Ref Cluster{at}\n      TaskDefinition: !Ref Task{at}\n      LaunchType: FARGATE\n      \
         DesiredCount: !If [IsProduction, 3, 1]\n      \
         DeploymentConfiguration: {{DeploymentCircuitBreaker: {{Enable: true, Rollback: true}}}}\n      \
         LoadBalancers: [{{ContainerName: app, ContainerPort: 8080, TargetGroupArn: !Ref Targets{at}}}]\n      \
         NetworkConfiguration:\n        AwsvpcConfiguration:\n          \
         AssignPublicIp: !If [IsOpen, ENABLED, DISABLED]\n          Subnets: {subnets}\n          \
         SecurityGroups: [{group}]\n",
        role(
            "Execution",
            at,
            "ecr:GetAuthorizationToken, ecr:BatchGetImage, logs:PutLogEvents, ssm:GetParameters"
        ),
        role("Work", at, "dynamodb:GetItem, dynamodb:Query"),
    )
}

fn role(name: &str, at: usize, actions: &str) -> String {
    format!(
        "  {name}{at}:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        \
         Version: '2012-10-17'\n        Statement:\n          \
         - {{Effect: Allow, Principal: {{Service: ecs-tasks.amazonaws.com}}, Action: 'sts:AssumeRole'}}\n      \
         Policies:\n        - PolicyName: own\n          PolicyDocument:\n            Version: '2012-10-17'\n            \
         Statement:\n              - Effect: Allow\n                Action: [{actions}]\n                \
         Resource: !If [IsProduction, !Sub 'arn:${{AWS::Partition}}:dynamodb:*:*:table/app-{at}', '*']\n"
    )
}
