//! Amazon S3.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_S3.html>

use super::resource_view;

resource_view! {
    /// The policy of a bucket.
    BucketPolicy = "AWS::S3::BucketPolicy" {
        /// The bucket.
        bucket = "Bucket";
        /// The policy document.
        document = "PolicyDocument";
    }
}
