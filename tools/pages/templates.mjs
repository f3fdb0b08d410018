// Templates made for these tests: thousands of findings, and a deployment in three stacks with names of several scripts.

/// Enough services for 5,000 findings.
export function many() {
  const files = {};
  for (let file = 0; file < 20; file += 1) {
    const lines = ["Resources:"];
    for (let at = 0; at < 14; at += 1) {
      lines.push(
        `  Task${at}:`,
        "    Type: AWS::ECS::TaskDefinition",
        "    Properties:",
        "      Family: fixed",
        "      ContainerDefinitions:",
        `        - {Name: app, Image: nginx:latest, Privileged: true}`,
        `  Service${at}:`,
        "    Type: AWS::ECS::Service",
        "    Properties:",
        `      TaskDefinition: !Ref Task${at}`,
        "      LaunchType: FARGATE",
        "      NetworkConfiguration:",
        "        AwsvpcConfiguration: {AssignPublicIp: ENABLED, Subnets: [subnet-0a], SecurityGroups: [sg-0a]}",
      );
    }
    files[`team${file % 5}/stack${file}.yaml`] = `${lines.join("\n")}\n`;
  }
  return files;
}

/// A network, a data and a service stack.
export function nested() {
  return {
    "root.yaml": `
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Network:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: network.yaml}
  Data:
    Type: AWS::CloudFormation::Stack
    Condition: IsProd
    Properties: {TemplateURL: data.yaml}
  주문서비스:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: service.yaml
      Parameters:
        Vpc: !GetAtt Network.Outputs.Vpc
        Public: !GetAtt Network.Outputs.Public
        Private: !GetAtt Network.Outputs.Private
`,
    "network.yaml": `
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Igw: {Type: AWS::EC2::InternetGateway}
  Attach: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Igw}}
  PublicA: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: !Select [0, !GetAZs ""]}}
  PublicB: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: !Select [1, !GetAZs ""]}}
  PrivateA: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24, AvailabilityZone: !Select [0, !GetAZs ""]}}
  PrivateB: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.3.0/24, AvailabilityZone: !Select [1, !GetAZs ""]}}
  PublicRoutes: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  PublicRoute:
    Type: AWS::EC2::Route
    DependsOn: Attach
    Properties: {RouteTableId: !Ref PublicRoutes, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Igw}
  PublicAssocA: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref PublicA, RouteTableId: !Ref PublicRoutes}}
  PublicAssocB: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref PublicB, RouteTableId: !Ref PublicRoutes}}
  Eip: {Type: AWS::EC2::EIP, Properties: {Domain: vpc}}
  Nat: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref PublicA, AllocationId: !GetAtt Eip.AllocationId}}
  PrivateRoutes: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  PrivateRoute:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref PrivateRoutes, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat}
  PrivateAssocA: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref PrivateA, RouteTableId: !Ref PrivateRoutes}}
  PrivateAssocB: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref PrivateB, RouteTableId: !Ref PrivateRoutes}}
Outputs:
  Vpc: {Value: !Ref Vpc}
  Public: {Value: !Join [",", [!Ref PublicA, !Ref PublicB]]}
  Private: {Value: !Join [",", [!Ref PrivateA, !Ref PrivateB]]}
`,
    "data.yaml": `
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
`,
    "service.yaml": `
Parameters:
  Vpc: {Type: AWS::EC2::VPC::Id}
  Public: {Type: CommaDelimitedList}
  Private: {Type: CommaDelimitedList}
Resources:
  Cluster: {Type: AWS::ECS::Cluster}
  Queue: {Type: AWS::SQS::Queue}
  LoadBalancerGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: load balancer
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]
  TaskGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: tasks
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 8080, ToPort: 8080, SourceSecurityGroupId: !Ref LoadBalancerGroup}]
  LoadBalancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {Scheme: internet-facing, Subnets: !Ref Public, SecurityGroups: [!Ref LoadBalancerGroup]}
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {VpcId: !Ref Vpc, Port: 8080, Protocol: HTTP, TargetType: ip}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref LoadBalancer
      Port: 80
      Protocol: HTTP
      DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]
  TaskRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: queue
          PolicyDocument:
            Statement: [{Effect: Allow, Action: "sqs:SendMessage", Resource: !GetAtt Queue.Arn}]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "256"
      Memory: "512"
      TaskRoleArn: !GetAtt TaskRole.Arn
      ContainerDefinitions:
        - Name: 주문-애플리케이션-컨테이너-이름이-아주-길다
          Image: registry.example.com/주문/아주-긴-이름의-이미지:1.0.0
          PortMappings: [{ContainerPort: 8080}]
          Environment: [{Name: QUEUE_URL, Value: !Ref Queue}]
  Service:
    Type: AWS::ECS::Service
    DependsOn: Listener
    Properties:
      Cluster: !Ref Cluster
      TaskDefinition: !Ref Task
      LaunchType: FARGATE
      DesiredCount: 2
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: !Ref Private, SecurityGroups: [!Ref TaskGroup], AssignPublicIp: ENABLED}
      LoadBalancers: [{ContainerName: 주문-애플리케이션-컨테이너-이름이-아주-길다, ContainerPort: 8080, TargetGroupArn: !Ref Targets}]
`,
  };
}

/// A service that only production makes public.
export function environments() {
  return {
    "template.yaml": `
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions: [{Name: app, Image: nginx:latest, Privileged: true}]
  Service:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration: {AssignPublicIp: !If [IsProd, ENABLED, DISABLED], Subnets: [subnet-0a], SecurityGroups: [sg-0a]}
`,
    ".ecslint.yaml": "version: 1\nenvironments:\n  staging: {params: staging.env}\n  prod: {params: prod.env}\n",
    "staging.env": "Stage=staging\n",
    "prod.env": "Stage=prod\n",
  };
}
