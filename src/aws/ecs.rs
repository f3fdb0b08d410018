//! Amazon ECS: clusters, services, task sets and task definitions.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ECS.html>

use super::{item_view, resource_view};

/// The capacity provider of Fargate.
pub const FARGATE: &str = "FARGATE";

/// The capacity provider of Fargate's spare capacity, which AWS takes back when it needs it.
pub const FARGATE_SPOT: &str = "FARGATE_SPOT";

resource_view! {
    /// A cluster.
    Cluster = "AWS::ECS::Cluster" {
        /// Name and value pairs such as `containerInsights`; see [`ClusterSetting`].
        settings = "ClusterSettings";
        /// The physical name.
        name = "ClusterName";
        /// Capacity providers associated with the cluster.
        capacity_providers = "CapacityProviders";
        /// What services without a launch type of their own use; see [`CapacityProviderStrategyItem`].
        default_strategy = "DefaultCapacityProviderStrategy";
        /// Where sessions of ECS Exec are logged: `NONE`, `DEFAULT`, `OVERRIDE`; absent means `DEFAULT`, which is where the
        /// containers log with `awslogs`.
        /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-cluster-executecommandconfiguration.html>
        session_logging = "Configuration" / "ExecuteCommandConfiguration" / "Logging";
        /// With `OVERRIDE`, the log group.
        session_log_group = "Configuration" / "ExecuteCommandConfiguration" / "LogConfiguration" / "CloudWatchLogGroupName";
        /// With `OVERRIDE`, the bucket.
        session_bucket = "Configuration" / "ExecuteCommandConfiguration" / "LogConfiguration" / "S3BucketName";
    }
}

item_view! {
    /// One of `ClusterSettings`.
    ClusterSetting {
        /// The setting.
        name = "Name";
        /// Its value.
        value = "Value";
    }
}

resource_view! {
    /// The association of capacity providers with a cluster.
    CapacityProviderAssociations = "AWS::ECS::ClusterCapacityProviderAssociations" {
        /// The cluster.
        cluster = "Cluster";
        /// The capacity providers.
        capacity_providers = "CapacityProviders";
        /// What services without a launch type of their own use; see [`CapacityProviderStrategyItem`].
        default_strategy = "DefaultCapacityProviderStrategy";
    }
}

resource_view! {
    /// A capacity provider.
    CapacityProvider = "AWS::ECS::CapacityProvider" {
        /// The physical name.
        name = "Name";
        /// The auto scaling group behind it, by ARN or name.
        auto_scaling_group = "AutoScalingGroupProvider" / "AutoScalingGroupArn";
        /// Instances managed by ECS.
        managed_instances = "ManagedInstancesProvider";
        /// `ENABLED` or `DISABLED`: whether ECS sets the size of the group.
        managed_scaling = "AutoScalingGroupProvider" / "ManagedScaling" / "Status";
        /// `ENABLED` or `DISABLED`: whether instances with tasks are kept at scale-in; absent means `DISABLED`.
        termination_protection = "AutoScalingGroupProvider" / "ManagedTerminationProtection";
        /// `ENABLED` or `DISABLED`: whether tasks are moved away before their instance ends.
        managed_draining = "AutoScalingGroupProvider" / "ManagedDraining";
        /// Subnets of instances managed by ECS.
        managed_subnets = "ManagedInstancesProvider" / "InstanceLaunchTemplate" / "NetworkConfiguration" / "Subnets";
    }
}

resource_view! {
    /// A service.
    Service = "AWS::ECS::Service" {
        /// The cluster; absent means the cluster named `default`.
        cluster = "Cluster";
        /// The task definition, by ARN, or by family and revision.
        task_definition = "TaskDefinition";
        /// `FARGATE`, `EC2`, `EXTERNAL`.
        launch_type = "LaunchType";
        /// See [`CapacityProviderStrategyItem`].
        capacity_provider_strategy = "CapacityProviderStrategy";
        /// Who deploys: `ECS`, `CODE_DEPLOY`, `EXTERNAL`.
        deployment_controller = "DeploymentController" / "Type";
        /// The network of awsvpc tasks; see [`AwsvpcConfiguration`].
        network = "NetworkConfiguration" / "AwsvpcConfiguration";
        /// See [`ServiceLoadBalancer`].
        load_balancers = "LoadBalancers";
        /// The physical name.
        name = "ServiceName";
        /// Tasks wanted.
        desired_count = "DesiredCount";
        /// Service Connect.
        service_connect = "ServiceConnectConfiguration";
        /// Cloud Map registries; see [`ServiceRegistry`].
        service_registries = "ServiceRegistries";
        /// What Service Connect offers to others; see [`NamedPort`].
        connected_services = "ServiceConnectConfiguration" / "Services";
        /// Target groups of VPC Lattice; see [`NamedPort`].
        lattice = "VpcLatticeConfigurations";
        /// `REPLICA` or `DAEMON`; absent means `REPLICA`.
        scheduling = "SchedulingStrategy";
        /// `ROLLING`, `BLUE_GREEN`, `LINEAR`, `CANARY`; absent means `ROLLING`.
        deployment_strategy = "DeploymentConfiguration" / "Strategy";
        /// The deployment circuit breaker.
        circuit_breaker = "DeploymentConfiguration" / "DeploymentCircuitBreaker";
        /// Whether failed deployments are stopped.
        circuit_breaker_enabled = "DeploymentConfiguration" / "DeploymentCircuitBreaker" / "Enable";
        /// Whether they are rolled back.
        circuit_breaker_rollback = "DeploymentConfiguration" / "DeploymentCircuitBreaker" / "Rollback";
        /// Whether alarms stop a deployment.
        deployment_alarms = "DeploymentConfiguration" / "Alarms" / "Enable";
        /// The alarms that stop a deployment.
        alarms = "DeploymentConfiguration" / "Alarms";
        /// Percent of the desired count that keeps running during a deployment, rounded up; absent means 100, for daemons 0.
        minimum_healthy_percent = "DeploymentConfiguration" / "MinimumHealthyPercent";
        /// Percent of the desired count that may run during a deployment, rounded down; absent means 200, for daemons 100.
        maximum_percent = "DeploymentConfiguration" / "MaximumPercent";
        /// How tasks are placed on container instances.
        placement_strategies = "PlacementStrategies";
        /// Which container instances tasks are placed on.
        placement_constraints = "PlacementConstraints";
        /// The version of Fargate.
        platform_version = "PlatformVersion";
        /// The role by which ECS registers tasks with load balancers; only for tasks without a network of their own.
        role = "Role";
        /// Seconds after the start of a task in which failed health checks do not count.
        health_check_grace_period = "HealthCheckGracePeriodSeconds";
        /// Whether sessions can be opened in its containers (ECS Exec).
        execute_command = "EnableExecuteCommand";
    }
}

item_view! {
    /// One of `CapacityProviderStrategy`.
    CapacityProviderStrategyItem {
        /// `FARGATE`, `FARGATE_SPOT`, or a capacity provider.
        capacity_provider = "CapacityProvider";
        /// Its share of the tasks beyond the base.
        weight = "Weight";
        /// Tasks placed on it before the others; absent means 0.
        base = "Base";
    }
}

item_view! {
    /// The network configuration of awsvpc tasks, as services spell it. Absent `AssignPublicIp` means `DISABLED`.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-awsvpcconfiguration.html>
    AwsvpcConfiguration {
        /// `ENABLED` or `DISABLED`.
        assign_public_ip = "AssignPublicIp";
        /// The subnets.
        subnets = "Subnets";
        /// The security groups; absent means the default group of the VPC.
        security_groups = "SecurityGroups";
    }
}

item_view! {
    /// One of a service's `LoadBalancers`.
    ServiceLoadBalancer {
        /// The target group.
        target_group = "TargetGroupArn";
        /// The second target group, the listener rule and the role by which ECS shifts traffic.
        advanced = "AdvancedConfiguration";
        /// A classic load balancer.
        classic = "LoadBalancerName";
        /// The container that takes the traffic.
        container_name = "ContainerName";
        /// Its port.
        container_port = "ContainerPort";
    }
}

item_view! {
    /// One of a service's `ServiceRegistries`.
    ServiceRegistry {
        /// The container whose port is registered.
        container_name = "ContainerName";
        /// Its port.
        container_port = "ContainerPort";
    }
}

item_view! {
    /// A port by its name in the task definition: a Service Connect service or a VPC Lattice configuration.
    NamedPort {
        /// The `Name` of a port mapping.
        port_name = "PortName";
    }
}

resource_view! {
    /// A task set of a service that an external controller deploys.
    TaskSet = "AWS::ECS::TaskSet" {
        /// The cluster.
        cluster = "Cluster";
        /// The service it belongs to.
        service = "Service";
        /// The task definition.
        task_definition = "TaskDefinition";
        /// `FARGATE` or `EC2`.
        launch_type = "LaunchType";
        /// See [`CapacityProviderStrategyItem`].
        capacity_provider_strategy = "CapacityProviderStrategy";
        /// See [`AwsvpcConfiguration`]; spelled with a capital V here.
        network = "NetworkConfiguration" / "AwsVpcConfiguration";
        /// See [`ServiceLoadBalancer`].
        load_balancers = "LoadBalancers";
    }
}

resource_view! {
    /// A task definition.
    TaskDefinition = "AWS::ECS::TaskDefinition" {
        /// The family; with the revision it names the task definition.
        family = "Family";
        /// `awsvpc`, `bridge`, `host`, `none`; absent means `bridge` on Linux and `default` on Windows.
        network_mode = "NetworkMode";
        /// Launch types that it was written for.
        compatibilities = "RequiresCompatibilities";
        /// The role of the application.
        task_role = "TaskRoleArn";
        /// The role of the agent that starts the task.
        execution_role = "ExecutionRoleArn";
        /// See [`ContainerDefinition`].
        containers = "ContainerDefinitions";
        /// Settings of the proxy for App Mesh; see [`ProxySetting`].
        proxy_settings = "ProxyConfiguration" / "ProxyConfigurationProperties";
        /// `RuntimePlatform.OperatingSystemFamily`.
        operating_system = "RuntimePlatform" / "OperatingSystemFamily";
        /// `host` or `task`; absent means one namespace for each container.
        pid_mode = "PidMode";
        /// `host`, `task`, `none`.
        ipc_mode = "IpcMode";
        /// See [`Volume`].
        volumes = "Volumes";
        /// CPU of a task in units, or in vCPUs as `1 vCPU`.
        cpu = "Cpu";
        /// Memory of a task in MiB, or in GB as `2 GB`.
        memory = "Memory";
        /// Where tasks may be placed.
        placement_constraints = "PlacementConstraints";
        /// Storage of a task on Fargate in GiB.
        ephemeral_storage = "EphemeralStorage" / "SizeInGiB";
    }
}

item_view! {
    /// A setting of a task definition's proxy.
    ProxySetting {
        /// Which; see [`IGNORED_GROUP`].
        name = "Name";
        /// Its value.
        value = "Value";
    }
}

/// The setting of a proxy that holds the group whose traffic it leaves alone.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ProxyConfiguration.html>
pub const IGNORED_GROUP: &str = "IgnoredGID";

item_view! {
    /// One of a task definition's volumes.
    Volume {
        /// The name that mount points use.
        name = "Name";
        /// The path on the container instance.
        source_path = "Host" / "SourcePath";
        /// The path on the container instance that Docker's local driver binds.
        bound_device = "DockerVolumeConfiguration" / "DriverOpts" / "device";
        /// A volume that Docker manages.
        docker = "DockerVolumeConfiguration";
        /// The EFS file system that it is.
        efs_file_system = "EFSVolumeConfiguration" / "FilesystemId";
    }
}

item_view! {
    /// One of a task definition's containers.
    ContainerDefinition {
        /// Its name.
        name = "Name";
        /// Its image.
        image = "Image";
        /// Whether the task ends with it; absent means true.
        essential = "Essential";
        /// Where its output goes.
        log_configuration = "LogConfiguration";
        /// The log driver.
        log_driver = "LogConfiguration" / "LogDriver";
        /// Environment variables; see [`EnvironmentVariable`].
        environment = "Environment";
        /// Files in S3 with environment variables; see [`EnvironmentFile`].
        environment_files = "EnvironmentFiles";
        /// Environment variables that the agent fills; see [`Secret`].
        secrets = "Secrets";
        /// The command, over that of the image.
        command = "Command";
        /// The entry point, over that of the image.
        entry_point = "EntryPoint";
        /// Labels of the container.
        labels = "DockerLabels";
        /// The command that tells whether the container is healthy.
        health_command = "HealthCheck" / "Command";
        /// The secret with the user and password of a private registry.
        registry_credentials = "RepositoryCredentials" / "CredentialsParameter";
        /// The log group of the `awslogs` driver.
        log_group = "LogConfiguration" / "Options" / "awslogs-group";
        /// Options of the log driver, by name.
        log_options = "LogConfiguration" / "Options";
        /// Options of the log driver that the agent fills; see [`Secret`].
        log_secrets = "LogConfiguration" / "SecretOptions";
        /// See [`PortMapping`].
        port_mappings = "PortMappings";
        /// Full access to the container instance.
        privileged = "Privileged";
        /// The user that it runs as; absent means the image's.
        user = "User";
        /// Whether its root file system cannot be written.
        read_only_root = "ReadonlyRootFilesystem";
        /// Present on the container that routes the logs of the others.
        firelens = "FirelensConfiguration";
        /// Kernel capabilities beyond Docker's default ones.
        added_capabilities = "LinuxParameters" / "Capabilities" / "Add";
        /// Devices of the container instance; see [`Device`].
        devices = "LinuxParameters" / "Devices";
        /// Options such as `seccomp=unconfined`.
        security_options = "DockerSecurityOptions";
        /// See [`MountPoint`].
        mount_points = "MountPoints";
        /// CPU in units.
        cpu = "Cpu";
        /// The memory in MiB at which it is ended.
        memory = "Memory";
        /// The memory in MiB that is kept for it.
        memory_reservation = "MemoryReservation";
        /// Names of containers that it reaches by their names.
        links = "Links";
        /// Lines for its `/etc/hosts`.
        extra_hosts = "ExtraHosts";
        /// Seconds that it has to end.
        stop_timeout = "StopTimeout";
        /// Its swap in MiB.
        max_swap = "LinuxParameters" / "MaxSwap";
        /// How readily it is swapped.
        swappiness = "LinuxParameters" / "Swappiness";
        /// See [`ContainerDependency`].
        depends_on = "DependsOn";
        /// See [`VolumeFrom`].
        volumes_from = "VolumesFrom";
        /// The health check.
        health_check = "HealthCheck";
        /// `enabled` resolves the tag to a digest when the service is deployed.
        version_consistency = "VersionConsistency";
    }
}

impl ContainerDefinition<'_, '_> {
    /// The key of its name.
    pub const NAME: &'static str = "Name";
}

item_view! {
    /// One of the containers that a container waits for.
    ContainerDependency {
        /// The other container.
        container_name = "ContainerName";
        /// `START`, `COMPLETE`, `SUCCESS`, `HEALTHY`.
        condition = "Condition";
    }
}

item_view! {
    /// One of the containers whose volumes a container mounts.
    VolumeFrom {
        /// The other container.
        source_container = "SourceContainer";
    }
}

item_view! {
    /// One of a container's environment variables.
    EnvironmentVariable {
        /// The name.
        name = "Name";
        /// The value, readable by everybody who can read the task definition.
        value = "Value";
    }
}

item_view! {
    /// One of a container's secrets.
    Secret {
        /// The name of the environment variable or option.
        name = "Name";
        /// What it is filled from: the ARN of a Secrets Manager secret, `:json-key:version-stage:version-id` behind it
        /// or not, or the ARN or name of an SSM parameter.
        value_from = "ValueFrom";
    }
}

item_view! {
    /// One of a container's environment files.
    EnvironmentFile {
        /// The ARN of the S3 object.
        value = "Value";
    }
}

item_view! {
    /// One of a container's port mappings.
    PortMapping {
        /// The port in the container.
        container_port = "ContainerPort";
        /// The port on the host; absent or 0 means a dynamic one in bridge mode.
        host_port = "HostPort";
        /// Ports in the container, `first-last`, instead of one.
        container_port_range = "ContainerPortRange";
        /// The name that Service Connect and VPC Lattice use.
        name = "Name";
        /// `tcp` or `udp`; absent means `tcp`.
        protocol = "Protocol";
    }
}

item_view! {
    /// One of a container's mount points.
    MountPoint {
        /// The volume's name.
        volume = "SourceVolume";
        /// Whether the container cannot write there.
        read_only = "ReadOnly";
        /// Where the container has it.
        container_path = "ContainerPath";
    }
}

item_view! {
    /// A device of the container instance.
    Device {
        /// Its path there.
        host_path = "HostPath";
    }
}

/// Options of the `awslogs` log driver.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html>
pub mod awslogs {
    /// The driver's name.
    pub const DRIVER: &str = "awslogs";
    /// The log group.
    pub const GROUP: &str = "awslogs-group";
    /// The region of the log group.
    pub const REGION: &str = "awslogs-region";
    /// What the names of log streams begin with.
    pub const STREAM_PREFIX: &str = "awslogs-stream-prefix";
    /// Whether the log group is made when it is not there.
    pub const CREATE_GROUP: &str = "awslogs-create-group";
}

/// The types of resources that a container's `Secrets` can name.
pub const SECRETS: &[&str] = &["AWS::SecretsManager::Secret", "AWS::SSM::Parameter"];
