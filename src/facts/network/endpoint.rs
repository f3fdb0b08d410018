//! VPC endpoints: what a VPC reaches without a way to the internet.

use super::Network;
use crate::aws::ec2::{Endpoint, Vpc};
use crate::eval::{Case, Guard, Known, Part, Text, Unknown, when};
use crate::facts::Inventory;
use crate::project::ResourceId;

/// A VPC endpoint.
#[derive(Clone, Debug)]
pub struct VpcEndpoint {
    /// The resource.
    pub id: ResourceId,
    /// Its VPC, by identity.
    pub vpc: Vec<Case<Known<Text>>>,
    /// The name of the service, `com.amazonaws.<region>.` before it.
    pub service: Vec<Case<Known<Text>>>,
    /// When network interfaces in subnets lead to the service.
    pub is_interface: Guard,
    /// When entries of route tables lead to the service.
    pub is_gateway: Guard,
    /// The route tables of a gateway endpoint, by identity.
    pub route_tables: Vec<Case<Known<Text>>>,
    /// The groups of an interface endpoint, by identity.
    pub groups: Vec<Case<Known<Text>>>,
    /// Whether the service's usual name leads to it.
    pub private_dns: Vec<Case<Known<bool>>>,
}

/// The endpoints of a VPC for one service.
#[derive(Clone, Debug, Default)]
pub struct Served<'f> {
    /// The known ones, each with when it is there.
    pub known: Vec<(Guard, &'f VpcEndpoint)>,
    /// When and why there may be others.
    pub open: Vec<Case<Unknown>>,
}

impl Served<'_> {
    /// When there certainly is one.
    pub fn is_there(&self) -> Guard {
        Guard::any(self.known.iter().map(|(guard, _)| guard.clone()))
    }

    /// When there certainly is none.
    pub fn is_missing(&self) -> Guard {
        let open = self.open.iter().map(|case| case.guard.clone());
        Guard::any(std::iter::once(self.is_there()).chain(open)).negated()
    }
}

/// Collects the endpoints.
pub(super) fn endpoints(inventory: &Inventory<'_>) -> Vec<VpcEndpoint> {
    let ids = inventory.of_type(Endpoint::TYPE).iter();
    ids.map(|id| endpoint(inventory, *id)).collect()
}

fn endpoint(inventory: &Inventory<'_>, id: ResourceId) -> VpcEndpoint {
    let (eval, view) = (&inventory.eval, Endpoint(id));
    let kinds = eval.scalars(view.kind(eval));
    let is = |wanted: &str, by_default: bool| {
        when(&kinds, |value| match value {
            Known::Value(kind) => &**kind == wanted,
            Known::Absent => by_default,
            Known::Unknown(_) => false,
        })
    };
    VpcEndpoint {
        id,
        vpc: inventory.identities(view.vpc(eval)),
        service: eval.texts(view.service(eval)),
        is_interface: is("Interface", false),
        is_gateway: is("Gateway", true),
        route_tables: inventory.identity_list(view.route_tables(eval)),
        groups: inventory.identity_list(view.security_groups(eval)),
        private_dns: eval.booleans(view.private_dns(eval)),
    }
}

impl Network {
    /// All VPC endpoints, in the order of stacks and declarations.
    pub fn endpoints(&self) -> &[VpcEndpoint] {
        &self.endpoints
    }

    /// The endpoints of a VPC of the project for the service whose name ends so. Others may be made by whoever gets hold
    /// of the VPC's id, or by a macro.
    pub fn served(&self, inventory: &Inventory<'_>, vpc: ResourceId, service: &str) -> Served<'_> {
        let declared = inventory.project().resource(vpc).id.span;
        let identity = inventory.own_identity(vpc);
        let elsewhere = [
            inventory.escapes(vpc).map(Unknown::OpenWorld),
            inventory
                .project()
                .template(vpc.stack)
                .open_because()
                .map(Unknown::Macro),
        ];
        let elsewhere = elsewhere.into_iter().flatten();
        let mut out = Served {
            known: Vec::new(),
            open: elsewhere.map(|reason| Case::new(reason, declared)).collect(),
        };
        for endpoint in &self.endpoints {
            let present = inventory.presence(endpoint.id);
            for vpc in &endpoint.vpc {
                let in_vpc = match &vpc.value {
                    Known::Value(other) if *other == identity => Ok(()),
                    Known::Value(other) if inventory.resource_of(other, Vpc::TYPE).is_some() => continue,
                    Known::Value(other) => Err(inventory.unknown_identity(other)),
                    Known::Unknown(reason) => Err(reason.clone()),
                    Known::Absent => continue,
                };
                for name in &endpoint.service {
                    let guard = Guard::all([present.clone(), vpc.guard.clone(), name.guard.clone()]);
                    let serves = match &name.value {
                        Known::Value(text) => names(text, service),
                        Known::Unknown(reason) => Err(reason.clone()),
                        Known::Absent => Ok(false),
                    };
                    match (serves, &in_vpc) {
                        (Ok(false), _) => {}
                        (Ok(true), Ok(())) if !guard.is_never() => out.known.push((guard, endpoint)),
                        (Ok(true), Ok(())) => {}
                        (Err(reason), _) => out.open.push(name.with(reason).when(&guard)),
                        (Ok(true), Err(reason)) => out.open.push(vpc.with(reason.clone()).when(&guard)),
                    }
                }
            }
        }
        out
    }
}

/// True when the name of an endpoint service ends in a dot and this; the partition and the region do not matter.
fn names(text: &Text, service: &str) -> Result<bool, Unknown> {
    let wanted = format!(".{service}");
    match text.parts().split_last() {
        Some((Part::Literal(end), _)) if end.ends_with(&wanted) => Ok(true),
        // What stands before may hold the rest of the name.
        Some((Part::Literal(end), [.., before])) if wanted.ends_with(&**end) => {
            Err(before.unknown().unwrap_or(Unknown::Limit("service name")))
        }
        Some((Part::Literal(_), _)) | None => Ok(false),
        Some((end, _)) => Err(end.unknown().unwrap_or(Unknown::Limit("service name"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Scope, Var};

    fn named(parts: &[&str]) -> Text {
        let mut text = Text::default();
        for part in parts {
            text.push(match part.strip_prefix('$') {
                Some(name) => Part::Variable(Var {
                    scope: Scope::Everywhere,
                    name: name.into(),
                }),
                None => Part::Literal((*part).into()),
            });
        }
        text
    }

    #[test]
    fn neither_region_nor_partition_matters() {
        let sub = named(&["com.amazonaws.", "$AWS::Region", ".ecr.api"]);
        assert_eq!(names(&sub, "ecr.api"), Ok(true));
        assert_eq!(names(&sub, "ecr.dkr"), Ok(false));
        let china = named(&["cn.com.amazonaws.cn-north-1.ecr.dkr"]);
        assert_eq!(names(&china, "ecr.dkr"), Ok(true));
    }

    #[test]
    fn one_name_at_the_end_of_another_is_not_that_service() {
        assert_eq!(names(&named(&["com.amazonaws.eu-west-1.my-s3"]), "s3"), Ok(false));
        assert_eq!(
            names(&named(&["com.amazonaws.eu-west-1.s3express"]), "s3"),
            Ok(false)
        );
    }

    #[test]
    fn a_name_that_is_a_parameter_may_be_any() {
        assert!(names(&named(&["com.amazonaws.eu-west-1.", "$Service"]), "s3").is_err());
        assert!(
            names(
                &named(&["com.amazonaws.eu-west-1.", "$Service", "api"]),
                "ecr.api"
            )
            .is_err()
        );
    }
}
