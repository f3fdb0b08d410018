//! Amazon EFS: file systems.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EFS.html>

use super::resource_view;

resource_view! {
    /// A file system.
    FileSystem = "AWS::EFS::FileSystem" {
        /// The zone of a file system that is in one only; absent means that it is in all of them.
        zone = "AvailabilityZoneName";
    }
}
