"""Beacons on the toolkit's Python edition: what `make bench` compares the Swift one with.

    HTTP_PORT=8080 python beacons.py -c beacons.yml

It has the commands that the benchmark calls, and nothing else.
"""

from pip_services4_commons.convert import TypeCode
from pip_services4_components.build import Factory
from pip_services4_components.refer import Descriptor, IReferenceable
from pip_services4_container.container import ProcessContainer
from pip_services4_data.data import IStringIdentifiable
from pip_services4_data.validate import ObjectSchema
from pip_services4_http.build import DefaultHttpFactory
from pip_services4_http.controller import CommandableHttpController
from pip_services4_persistence.persistence import IdentifiableMemoryPersistence
from pip_services4_rpc.commands import Command, CommandSet, ICommandable


class Beacon(IStringIdentifiable):
    def __init__(self, values):
        self.id = values.get("id")
        self.site_id = values.get("site_id")
        self.type = values.get("type")
        self.udi = values.get("udi")
        self.label = values.get("label")
        self.center = values.get("center")
        self.radius = values.get("radius")


class BeaconSchema(ObjectSchema):
    def __init__(self):
        super().__init__()
        self.with_optional_property("id", TypeCode.String)
        self.with_required_property("site_id", TypeCode.String)
        self.with_optional_property("type", TypeCode.String)
        self.with_required_property("udi", TypeCode.String)
        self.with_optional_property("label", TypeCode.String)
        self.with_optional_property("center", None)
        self.with_optional_property("radius", TypeCode.Float)


class BeaconsCommands(CommandSet):
    def __init__(self, service):
        super().__init__()
        self.add_command(
            Command(
                "get_beacon_by_id",
                ObjectSchema(True).with_required_property("beacon_id", TypeCode.String),
                lambda context, args: service.get_beacon_by_id(context, args.get_as_string("beacon_id")),
            )
        )
        self.add_command(
            Command(
                "create_beacon",
                ObjectSchema(True).with_required_property("beacon", BeaconSchema()),
                lambda context, args: service.create_beacon(context, Beacon(args.get("beacon"))),
            )
        )


class BeaconsService(IReferenceable, ICommandable):
    def __init__(self):
        self._persistence = None
        self._commands = BeaconsCommands(self)

    def set_references(self, references):
        self._persistence = references.get_one_required(Descriptor("beacons", "persistence", "*", "*", "1.0"))

    def get_command_set(self):
        return self._commands

    def get_beacon_by_id(self, context, beacon_id):
        return self._persistence.get_one_by_id(context, beacon_id)

    def create_beacon(self, context, beacon):
        return self._persistence.create(context, beacon)


class BeaconsController(CommandableHttpController):
    def __init__(self):
        super().__init__("v1/beacons")
        self._dependency_resolver.put("service", Descriptor("beacons", "service", "*", "*", "1.0"))


class BeaconsFactory(Factory):
    def __init__(self):
        super().__init__()
        self.register_as_type(Descriptor("beacons", "persistence", "memory", "*", "1.0"), IdentifiableMemoryPersistence)
        self.register_as_type(Descriptor("beacons", "service", "default", "*", "1.0"), BeaconsService)
        self.register_as_type(Descriptor("beacons", "controller", "http", "*", "1.0"), BeaconsController)


if __name__ == "__main__":
    container = ProcessContainer("beacons", "Beacons microservice")
    container.add_factory(BeaconsFactory())
    container.add_factory(DefaultHttpFactory())
    container.run()
