import ArgumentParser
import CleanroomCLI

@main
enum Cleanroom {
    static func main() async {
        await CleanroomCommand.main()
    }
}
