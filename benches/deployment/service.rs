//! A service of a deployment with what it needs, and the security groups around it.

use super::Care;

/// How a service refers to what it runs in.
pub(super) struct Surroundings {
    pub(super) vpc: String,
    pub(super) subnets: String,
    /// The group of the tasks.
    pub(super) tasks: String,
    /// The group of the load balancer.
    pub(super) door: String,
}

/// The groups of a service: only its load balancer reaches the tasks, except where the deployment is flawed and open.
pub(super) fn groups(at: usize, vpc: &str, care: Care) -> String {
    let open = match care {
        Care::Sound => "",
        Care::Flawed => {
            "        - !If [IsOpen, {IpProtocol: tcp, FromPort: 8080, ToPort: 8080, CidrIp: 0.0.0.0/0}, !Ref AWS::NoValue]\n"
        }
    };
    format!(
        "  Door{at}:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: the door\n      \
         VpcId: {vpc}\n      SecurityGroupIngress:\n        \
         - {{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8, Description: the company}}\n  \
         Tasks{at}:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: the tasks\n      \
         VpcId: {vpc}\n      SecurityGroupIngress:\n        \
         - {{IpProtocol: tcp, FromPort: 8080, ToPort: 8080, SourceSecurityGroupId: !Ref Door{at}}}\n{open}"
    )
}

/// What runs behind a load balancer.
pub(super) fn service(at: usize, around: &Surroundings, care: Care) -> String {
    match care {
        Care::Sound => sound(at, around),
        Care::Flawed => flawed(at, around),
    }
}

/// The task definition, which is the same in both.
fn task(at: usize) -> String {
    format!(
        "  Task{at}:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      RequiresCompatibilities: [FARGATE]\n      \
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
         awslogs-stream-prefix: app\n"
    )
}

/// The cluster and the log group.
fn base(at: usize, insights: &str) -> String {
    format!(
        "  Cluster{at}:\n    Type: AWS::ECS::Cluster\n    Properties:\n      \
         ClusterSettings: [{{Name: containerInsights, Value: {insights}}}]\n  \
         Logs{at}:\n    Type: AWS::Logs::LogGroup\n    Properties: {{RetentionInDays: !If [IsProduction, 365, 14]}}\n"
    )
}

fn targets(at: usize, vpc: &str) -> String {
    format!(
        "  Targets{at}:\n    Type: AWS::ElasticLoadBalancingV2::TargetGroup\n    Properties:\n      TargetType: ip\n      \
         Protocol: HTTP\n      Port: 8080\n      HealthCheckPath: /health\n      VpcId: {vpc}\n"
    )
}

fn flawed(at: usize, around: &Surroundings) -> String {
    let Surroundings {
        vpc, subnets, tasks, ..
    } = around;
    let execution = role(
        "Execution",
        at,
        "ecr:GetAuthorizationToken, ecr:BatchGetImage, logs:PutLogEvents, ssm:GetParameters",
    );
    let work = role("Work", at, "dynamodb:GetItem, dynamodb:Query");
    [
        base(at, "!If [IsProduction, enabled, disabled]"),
        execution,
        work,
        task(at),
        targets(at, vpc),
        format!(
            "  Balancer{at}:\n    Type: AWS::ElasticLoadBalancingV2::LoadBalancer\n    Properties:\n      Scheme: internal\n      \
             Subnets: {subnets}\n      SecurityGroups: [{tasks}]\n  \
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
             SecurityGroups: [{tasks}]\n"
        ),
    ]
    .concat()
}

/// A role that anything of the kind may use, on more than it has to.
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

fn sound(at: usize, around: &Surroundings) -> String {
    let Surroundings {
        vpc,
        subnets,
        tasks,
        door,
    } = around;
    let arn = |service: &str, rest: &str| {
        format!("!Sub 'arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}'")
    };
    let execution = own_role(
        "Execution",
        at,
        "      ManagedPolicyArns: [!Sub 'arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy']\n",
        &[(
            "ssm:GetParameters",
            &arn("ssm", &format!("parameter/app/{at}/token")),
        )],
    );
    let work = own_role(
        "Work",
        at,
        "",
        &[
            (
                "dynamodb:GetItem, dynamodb:Query",
                &arn("dynamodb", &format!("table/app-{at}")),
            ),
            ("xray:PutTraceSegments, xray:PutTelemetryRecords", "'*'"),
        ],
    );
    [
        base(at, "enabled"),
        execution,
        work,
        task(at),
        targets(at, vpc),
        format!(
            "  Balancer{at}:\n    Type: AWS::ElasticLoadBalancingV2::LoadBalancer\n    Properties:\n      Scheme: internal\n      \
             Subnets: {subnets}\n      SecurityGroups: [{door}]\n      LoadBalancerAttributes:\n        \
             - {{Key: routing.http.drop_invalid_header_fields.enabled, Value: 'true'}}\n        \
             - {{Key: access_logs.s3.enabled, Value: 'true'}}\n        \
             - {{Key: access_logs.s3.bucket, Value: !Ref LogBucket}}\n  \
             Listener{at}:\n    Type: AWS::ElasticLoadBalancingV2::Listener\n    Properties:\n      \
             LoadBalancerArn: !Ref Balancer{at}\n      Port: 443\n      Protocol: HTTPS\n      \
             SslPolicy: ELBSecurityPolicy-TLS13-1-2-2021-06\n      Certificates: [{{CertificateArn: !Ref Certificate}}]\n      \
             DefaultActions: [{{Type: forward, TargetGroupArn: !Ref Targets{at}}}]\n  \
             Service{at}:\n    Type: AWS::ECS::Service\n    DependsOn: Listener{at}\n    Properties:\n      \
             Cluster: !Ref Cluster{at}\n      TaskDefinition: !Ref Task{at}\n      LaunchType: FARGATE\n      \
             HealthCheckGracePeriodSeconds: 60\n      \
             DeploymentConfiguration: {{DeploymentCircuitBreaker: {{Enable: true, Rollback: true}}}}\n      \
             LoadBalancers: [{{ContainerName: app, ContainerPort: 8080, TargetGroupArn: !Ref Targets{at}}}]\n      \
             NetworkConfiguration:\n        AwsvpcConfiguration:\n          \
             AssignPublicIp: DISABLED\n          Subnets: {subnets}\n          \
             SecurityGroups: [{tasks}]\n"
        ),
        scaling(at),
        format!(
            "  Alarm{at}:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n      Namespace: AWS/ApplicationELB\n      \
             MetricName: UnHealthyHostCount\n      Statistic: Maximum\n      Period: 60\n      EvaluationPeriods: 3\n      \
             Threshold: !If [IsProduction, 0, 1]\n      ComparisonOperator: GreaterThanThreshold\n      \
             AlarmActions: [!Ref Topic]\n      Dimensions:\n        \
             - {{Name: TargetGroup, Value: !GetAtt Targets{at}.TargetGroupFullName}}\n        \
             - {{Name: LoadBalancer, Value: !GetAtt Balancer{at}.LoadBalancerFullName}}\n"
        ),
    ]
    .concat()
}

fn scaling(at: usize) -> String {
    format!(
        "  Scale{at}:\n    Type: AWS::ApplicationAutoScaling::ScalableTarget\n    Properties:\n      ServiceNamespace: ecs\n      \
         ScalableDimension: ecs:service:DesiredCount\n      \
         ResourceId: !Sub 'service/${{Cluster{at}}}/${{Service{at}.Name}}'\n      MinCapacity: 2\n      \
         MaxCapacity: !If [IsProduction, 20, 4]\n  \
         Policy{at}:\n    Type: AWS::ApplicationAutoScaling::ScalingPolicy\n    Properties:\n      PolicyName: cpu-{at}\n      \
         PolicyType: TargetTrackingScaling\n      ScalingTargetId: !Ref Scale{at}\n      \
         TargetTrackingScalingPolicyConfiguration:\n        TargetValue: 60\n        \
         PredefinedMetricSpecification: {{PredefinedMetricType: ECSServiceAverageCPUUtilization}}\n"
    )
}

/// A role that only tasks of the account may use, on what they need.
fn own_role(name: &str, at: usize, managed: &str, grants: &[(&str, &str)]) -> String {
    let statement = |(actions, resource): &(&str, &str)| {
        format!("              - {{Effect: Allow, Action: [{actions}], Resource: {resource}}}\n")
    };
    let statements: String = grants.iter().map(statement).collect();
    format!(
        "  {name}{at}:\n    Type: AWS::IAM::Role\n    Properties:\n{managed}      AssumeRolePolicyDocument:\n        \
         Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            \
         Principal: {{Service: ecs-tasks.amazonaws.com}}\n            Action: sts:AssumeRole\n            \
         Condition: {{StringEquals: {{aws:SourceAccount: !Ref AWS::AccountId}}}}\n      \
         Policies:\n        - PolicyName: own\n          PolicyDocument:\n            Version: '2012-10-17'\n            \
         Statement:\n{statements}"
    )
}
