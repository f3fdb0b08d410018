//! AWS CodeBuild: projects and the credentials for their sources.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CodeBuild.html>

use super::{item_view, resource_view};

resource_view! {
    /// A build project.
    Project = "AWS::CodeBuild::Project" {
        /// Variables of its builds; see [`Variable`].
        variables = "Environment" / "EnvironmentVariables";
        /// Where the source is.
        location = "Source" / "Location";
        /// The build specification, written out or as a path in the source.
        specification = "Source" / "BuildSpec";
        /// Further sources; see [`SecondarySource`].
        secondary_sources = "SecondarySources";
    }
}

item_view! {
    /// A further source of a project.
    SecondarySource {
        /// Where it is.
        location = "Location";
    }
}

item_view! {
    /// A variable of a project's builds.
    Variable {
        /// Its name.
        name = "Name";
        /// `PLAINTEXT`, `PARAMETER_STORE` or `SECRETS_MANAGER`; absent means `PLAINTEXT`.
        kind = "Type";
        /// The value, or the name of what holds it.
        value = "Value";
    }
}

impl Variable<'_, '_> {
    /// The kind of variables that anybody reads who may see the project.
    pub const PLAIN: &'static str = "PLAINTEXT";
    /// Variables from which the AWS command line and SDKs take credentials.
    /// <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html>
    pub const CREDENTIALS: &'static [&'static str] =
        &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
}

resource_view! {
    /// A credential for the sources of all projects of a region.
    SourceCredential = "AWS::CodeBuild::SourceCredential" {
        /// The token or password.
        token = "Token";
    }
}
