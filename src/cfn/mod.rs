//! CloudFormation templates: their sections and declarations, as written.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html>

mod lower;
mod reference;
mod substitution;
mod transform;

pub use lower::lower;
pub use reference::{Owner, Reference, ReferenceKind, References};
pub use substitution::{Substitution, spellings, static_text, substitutions, variables};
pub use transform::{Assumption, MAX_LOOP_ITEMS};

use indexmap::IndexMap;

use crate::diag::Problem;
use crate::source::{FileId, Span, Str};
use crate::yaml::{Comment, Entry, Node};

/// The nested stack of the serverless transform.
pub const APPLICATION: &str = "AWS::Serverless::Application";

/// The pseudo parameters.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
pub const PSEUDO_PARAMETERS: &[&str] = &[
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// A template, taken apart into its sections.
#[derive(Debug)]
pub struct Template {
    /// The file it was read from.
    pub file: FileId,
    /// The whole document.
    pub span: Span,
    /// Macros named by the top-level `Transform`.
    pub transforms: Vec<Name>,
    /// Parameters by name.
    pub parameters: IndexMap<Str, Parameter>,
    /// Mappings by name.
    pub mappings: IndexMap<Str, Node>,
    /// Conditions by name.
    pub conditions: IndexMap<Str, Condition>,
    /// Assertions of the Rules section.
    pub rules: Vec<Rule>,
    /// Resources by logical id.
    pub resources: IndexMap<Str, Resource>,
    /// Outputs by logical id.
    pub outputs: IndexMap<Str, Output>,
    /// The template's `Metadata`.
    pub metadata: Option<Node>,
    /// Every reference to a parameter, resource, condition or mapping, in document order.
    pub references: References,
    /// The declarations in which something is imported, each once, in the order of [`Template::references`].
    pub importing: Box<[Owner]>,
    /// Loops and section macros that could not be expanded: the template declares more than is listed here.
    pub unexpanded: Vec<Unexpanded>,
    /// Values that its loops assumed, wherever they stand.
    pub assumed: Vec<Assumption>,
    /// Comments in document order.
    pub comments: Vec<Comment>,
    /// What is wrong with the document without making it unreadable.
    pub problems: Vec<Problem>,
}

/// A name with the place where it stands.
#[derive(Clone, Debug)]
pub struct Name {
    /// The name.
    pub text: Str,
    /// Where it stands.
    pub span: Span,
}

/// What a parameter's type says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// `String` or one of the AWS-specific single types.
    Text,
    /// `Number`.
    Number,
    /// `CommaDelimitedList` or `List<…>`.
    List,
    /// `AWS::SSM::Parameter::Value<…>`: the value is the name of an SSM parameter and resolves when the stack is deployed.
    Ssm {
        /// True when the SSM parameter holds a list.
        list: bool,
    },
}

/// A declared parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name as a key.
    pub name: Name,
    /// Its `Type` as written.
    pub type_name: Str,
    /// What the type says.
    pub kind: ParameterKind,
    /// `Default`, lists joined with commas.
    pub default: Option<Name>,
    /// `AllowedValues`.
    pub allowed: Vec<Str>,
    /// `AllowedPattern`.
    pub allowed_pattern: Option<Str>,
    /// `NoEcho: true`; the value must never be printed.
    pub no_echo: bool,
}

/// A declared condition.
#[derive(Debug)]
pub struct Condition {
    /// Its name as a key.
    pub name: Name,
    /// The condition function.
    pub body: Node,
    /// Values that loops assumed to generate it.
    pub assumptions: Vec<Assumption>,
}

/// One rule of the Rules section.
#[derive(Debug)]
pub struct Rule {
    /// `RuleCondition`; absent means that the assertions always apply.
    pub condition: Option<Node>,
    /// The `Assert` functions.
    pub assertions: Vec<Node>,
}

/// A declared resource. There are as many as everything else together: what most of them do not have is a pointer.
#[derive(Debug)]
pub struct Resource {
    /// Its logical id as a key.
    pub id: Name,
    /// `Type`.
    pub type_name: Name,
    /// The whole declaration, from the logical id to its end.
    pub span: Span,
    /// `Properties`.
    pub properties: Option<Node>,
    /// `Condition`.
    pub condition: Option<Box<Name>>,
    /// `DependsOn`.
    pub depends_on: Box<[Name]>,
    /// `Metadata`.
    pub metadata: Option<Box<Node>>,
    /// The other attributes (`DeletionPolicy`, `UpdatePolicy` …), in document order.
    pub attributes: Box<[Entry]>,
    /// Values that loops assumed to generate it.
    pub assumptions: Box<[Assumption]>,
}

impl Resource {
    /// One of [`Resource::attributes`].
    pub fn attribute(&self, name: &str) -> Option<&Node> {
        let entry = self.attributes.iter().find(|entry| &*entry.key == name)?;
        Some(&entry.value)
    }

    /// A text of the resource's metadata, such as `aws:cdk:path`.
    pub fn metadata_text(&self, key: &str) -> Option<&Str> {
        self.metadata.as_ref()?.get(key)?.as_text()
    }

    /// True for the two types that make a nested stack.
    pub fn is_nested_stack(&self) -> bool {
        matches!(&*self.type_name.text, "AWS::CloudFormation::Stack" | APPLICATION)
    }

    /// The property of a nested stack with the values for its parameters.
    pub const ARGUMENTS: &'static str = "Parameters";

    /// The values that a nested stack gives to its parameters, with the key they stand under.
    pub fn arguments(&self) -> Option<&Entry> {
        self.properties.as_ref()?.entry(Self::ARGUMENTS)
    }

    /// The property of a nested stack that says where its template is.
    pub fn location_key(&self) -> &'static str {
        match &*self.type_name.text {
            APPLICATION => "Location",
            _ => "TemplateURL",
        }
    }
}

/// A declared output.
#[derive(Debug)]
pub struct Output {
    /// Its logical id as a key.
    pub id: Name,
    /// `Value`.
    pub value: Option<Node>,
    /// `Export.Name`.
    pub export: Option<Node>,
    /// `Condition`.
    pub condition: Option<Name>,
    /// Values that loops assumed to generate it.
    pub assumptions: Vec<Assumption>,
}

/// Something that a macro or an open loop would add to a section.
#[derive(Clone, Debug)]
pub struct Unexpanded {
    /// Where it stands.
    pub span: Span,
    /// Its name: the macro's, or `Fn::ForEach::Loop`.
    pub name: Str,
}

/// The declarations that an [`Owner`] names.
impl Template {
    /// The condition at a position of its section, with its name.
    pub fn condition_at(&self, index: u32) -> Option<(&Str, &Condition)> {
        self.conditions.get_index(index as usize)
    }

    /// The resource at a position of its section, with its logical id.
    pub fn resource_at(&self, index: u32) -> Option<(&Str, &Resource)> {
        self.resources.get_index(index as usize)
    }

    /// The output at a position of its section, with its logical id.
    pub fn output_at(&self, index: u32) -> Option<(&Str, &Output)> {
        self.outputs.get_index(index as usize)
    }

    /// Where imported values go: the properties of resources and the values of outputs in which something is imported.
    pub fn importing_values(&self) -> impl Iterator<Item = (Owner, &Node)> {
        self.importing.iter().filter_map(|owner| {
            let value = match owner {
                Owner::Resource(index) => self.resource_at(*index)?.1.properties.as_ref()?,
                Owner::Output(index) => self.output_at(*index)?.1.value.as_ref()?,
                Owner::Condition(_) | Owner::Rule(_) => return None,
            };
            Some((*owner, value))
        })
    }
}

impl Template {
    /// The macro or open loop that may declare names which are not listed, if there is one.
    /// The transforms of AWS that add no referable names do not count.
    pub fn open_because(&self) -> Option<Str> {
        const CLOSED: &[&str] = &[
            "AWS::LanguageExtensions",
            "AWS::CodeDeployBlueGreen",
            "AWS::CodeDeploy",
            "AWS::SecretsManager",
        ];
        let macro_name = self.transforms.iter().find(|name| {
            !CLOSED.iter().any(|known| name.text.starts_with(known)) && !self.is_plain_serverless(name)
        });
        macro_name
            .map(|name| name.text.clone())
            .or_else(|| self.unexpanded.first().map(|unexpanded| unexpanded.name.clone()))
    }

    /// The serverless transform generates names from functions and APIs only; with nothing but
    /// nested applications it adds none.
    fn is_plain_serverless(&self, transform: &Name) -> bool {
        transform.text.starts_with("AWS::Serverless")
            && !self.resources.values().any(|resource| {
                resource.type_name.text.starts_with("AWS::Serverless::")
                    && &*resource.type_name.text != APPLICATION
            })
    }
}
