/// The message shown when the service has started.
enum Welcome {
    static func text(_ address: String) -> String {
        """

        Beacons is listening on \(address). Try:

          curl \(address)/v1/beacons/create_beacon -d '{"beacon":{"id":"1","site_id":"1","udi":"0001","center":{"type":"Point","coordinates":[0,0]}}}'
          curl \(address)/v1/beacons/get_beacons -d '{"filter":{"site_id":"1"},"paging":{"total":true}}'
          curl \(address)/v1/beacons/1

        Ctrl-C stops it.
        """
    }
}
