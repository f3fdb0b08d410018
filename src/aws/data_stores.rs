//! Resource types that keep data or pass it on, and how each says which subnets it is in.

use super::EACH;

/// What a store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StoreKind {
    /// A relational, document, graph or column database.
    Database,
    /// A key-value table.
    Table,
    /// A cache.
    Cache,
    /// A bucket.
    Bucket,
    /// A file system.
    FileSystem,
    /// A queue or a broker of queues.
    Queue,
    /// A topic or an event bus.
    Topic,
    /// A stream.
    Stream,
    /// A search index.
    Search,
    /// A secret or a parameter with a value.
    Secret,
}

/// How a type says which subnets it is in.
#[derive(Clone, Copy, Debug)]
pub enum Subnets {
    /// It is in no VPC, or does not say.
    None,
    /// A property lists them.
    Listed(&'static [&'static str]),
    /// A property names a group of this type, whose property lists them.
    Grouped(&'static [&'static str], &'static str, &'static [&'static str]),
    /// Resources of this type put it into one subnet each: their property that names it, and the one with the subnet.
    Mounted(&'static str, &'static [&'static str], &'static [&'static str]),
}

/// A type of store.
#[derive(Clone, Copy, Debug)]
pub struct StoreType {
    /// The CloudFormation type.
    pub type_name: &'static str,
    /// What it is.
    pub kind: StoreKind,
    /// The word for people.
    pub noun: &'static str,
    /// Where it is.
    pub subnets: Subnets,
}

const fn store(type_name: &'static str, kind: StoreKind, noun: &'static str, subnets: Subnets) -> StoreType {
    StoreType {
        type_name,
        kind,
        noun,
        subnets,
    }
}

const RDS_SUBNETS: Subnets =
    Subnets::Grouped(&["DBSubnetGroupName"], "AWS::RDS::DBSubnetGroup", &["SubnetIds"]);

const CACHE_SUBNETS: (&str, &[&str]) = ("AWS::ElastiCache::SubnetGroup", &["SubnetIds"]);

/// The types, each with the properties of its page in the template reference.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>
pub const STORE_TYPES: &[StoreType] = &[
    store(
        "AWS::RDS::DBCluster",
        StoreKind::Database,
        "database cluster",
        RDS_SUBNETS,
    ),
    store(
        "AWS::RDS::DBInstance",
        StoreKind::Database,
        "database",
        RDS_SUBNETS,
    ),
    store(
        "AWS::RDS::GlobalCluster",
        StoreKind::Database,
        "global database",
        Subnets::None,
    ),
    store(
        "AWS::DocDB::DBCluster",
        StoreKind::Database,
        "DocumentDB cluster",
        Subnets::Grouped(
            &["DBSubnetGroupName"],
            "AWS::DocDB::DBSubnetGroup",
            &["SubnetIds"],
        ),
    ),
    store(
        "AWS::Neptune::DBCluster",
        StoreKind::Database,
        "Neptune cluster",
        Subnets::Grouped(
            &["DBSubnetGroupName"],
            "AWS::Neptune::DBSubnetGroup",
            &["SubnetIds"],
        ),
    ),
    store(
        "AWS::Redshift::Cluster",
        StoreKind::Database,
        "Redshift cluster",
        Subnets::Grouped(
            &["ClusterSubnetGroupName"],
            "AWS::Redshift::ClusterSubnetGroup",
            &["SubnetIds"],
        ),
    ),
    store(
        "AWS::DynamoDB::Table",
        StoreKind::Table,
        "DynamoDB table",
        Subnets::None,
    ),
    store(
        "AWS::DynamoDB::GlobalTable",
        StoreKind::Table,
        "DynamoDB global table",
        Subnets::None,
    ),
    store(
        "AWS::Serverless::SimpleTable",
        StoreKind::Table,
        "DynamoDB table",
        Subnets::None,
    ),
    store(
        "AWS::ElastiCache::ReplicationGroup",
        StoreKind::Cache,
        "ElastiCache group",
        Subnets::Grouped(&["CacheSubnetGroupName"], CACHE_SUBNETS.0, CACHE_SUBNETS.1),
    ),
    store(
        "AWS::ElastiCache::CacheCluster",
        StoreKind::Cache,
        "ElastiCache cluster",
        Subnets::Grouped(&["CacheSubnetGroupName"], CACHE_SUBNETS.0, CACHE_SUBNETS.1),
    ),
    store(
        "AWS::ElastiCache::ServerlessCache",
        StoreKind::Cache,
        "ElastiCache serverless cache",
        Subnets::Listed(&["SubnetIds"]),
    ),
    store(
        "AWS::MemoryDB::Cluster",
        StoreKind::Cache,
        "MemoryDB cluster",
        Subnets::Grouped(&["SubnetGroupName"], "AWS::MemoryDB::SubnetGroup", &["SubnetIds"]),
    ),
    store("AWS::S3::Bucket", StoreKind::Bucket, "S3 bucket", Subnets::None),
    store(
        "AWS::EFS::FileSystem",
        StoreKind::FileSystem,
        "EFS file system",
        Subnets::Mounted("AWS::EFS::MountTarget", &["FileSystemId"], &["SubnetId"]),
    ),
    store(
        "AWS::FSx::FileSystem",
        StoreKind::FileSystem,
        "FSx file system",
        Subnets::Listed(&["SubnetIds"]),
    ),
    store("AWS::SQS::Queue", StoreKind::Queue, "SQS queue", Subnets::None),
    store(
        "AWS::AmazonMQ::Broker",
        StoreKind::Queue,
        "MQ broker",
        Subnets::Listed(&["SubnetIds"]),
    ),
    store("AWS::SNS::Topic", StoreKind::Topic, "SNS topic", Subnets::None),
    store(
        "AWS::Events::EventBus",
        StoreKind::Topic,
        "event bus",
        Subnets::None,
    ),
    store(
        "AWS::Kinesis::Stream",
        StoreKind::Stream,
        "Kinesis stream",
        Subnets::None,
    ),
    store(
        "AWS::KinesisFirehose::DeliveryStream",
        StoreKind::Stream,
        "Firehose stream",
        Subnets::None,
    ),
    store(
        "AWS::MSK::Cluster",
        StoreKind::Stream,
        "Kafka cluster",
        Subnets::Listed(&["BrokerNodeGroupInfo", "ClientSubnets"]),
    ),
    store(
        "AWS::OpenSearchService::Domain",
        StoreKind::Search,
        "OpenSearch domain",
        Subnets::Listed(&["VPCOptions", "SubnetIds"]),
    ),
    store(
        "AWS::Elasticsearch::Domain",
        StoreKind::Search,
        "Elasticsearch domain",
        Subnets::Listed(&["VPCOptions", "SubnetIds"]),
    ),
    store(
        "AWS::SecretsManager::Secret",
        StoreKind::Secret,
        "secret",
        Subnets::None,
    ),
    store(
        "AWS::SSM::Parameter",
        StoreKind::Secret,
        "SSM parameter",
        Subnets::None,
    ),
];

/// Resources that are part of a store: their type, the property that names it, and what happens when a store of the
/// same kind is named there.
pub const STORE_PARTS: &[(&str, &[&str])] = &[
    ("AWS::RDS::DBInstance", &["DBClusterIdentifier"]),
    ("AWS::DocDB::DBInstance", &["DBClusterIdentifier"]),
    ("AWS::Neptune::DBInstance", &["DBClusterIdentifier"]),
    ("AWS::EFS::MountTarget", &["FileSystemId"]),
    ("AWS::EFS::AccessPoint", &["FileSystemId"]),
    ("AWS::SecretsManager::SecretTargetAttachment", &["SecretId"]),
    ("AWS::S3::BucketPolicy", &["Bucket"]),
    ("AWS::SQS::QueuePolicy", &["Queues", EACH]),
    ("AWS::SNS::TopicPolicy", &["Topics", EACH]),
];

/// The property with the engine of a database.
pub const ENGINE: &[&str] = &["Engine"];

/// A type of store by its CloudFormation type.
pub fn store_type(type_name: &str) -> Option<&'static StoreType> {
    STORE_TYPES.iter().find(|store| store.type_name == type_name)
}
