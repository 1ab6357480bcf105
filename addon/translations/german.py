"""German."""

GERMAN: dict[str, str] = {
    # Words that are the same
    "1080p": "1080p", "A": "A", "B": "B", "Alembic": "Alembic", "BVH": "BVH", "Cycles": "Cycles", "EEVEE": "EEVEE", "FBX": "FBX", "glTF": "glTF",
    "Duet": "Duett", "Orbit": "Umkreisen", "ProRes 4444": "ProRes 4444", "Top K": "Höchstzahl", "USD": "USD", "WebM": "WebM", "Workbench": "Workbench",
    "Name": "Name",
    # Panels
    "Connections": "Verbindungen", "Threads": "Fäden", "Moments": "Augenblicke", "Output": "Ausgabe", "Training": "Training", "Quality": "Güte",
    "Stage and Camera": "Bühne und Kamera", "Existing Armatures": "Vorhandene Armaturen", "Kinds": "Arten", "Body Parts": "Körperteile", "Look": "Aussehen",
    "Show": "Zeigen", "Light": "Licht", "Tail": "Ende", "Words": "Worte",
    # Operators
    "All Bones": "Alle Knochen", "Bake for Export": "Für den Export backen", "Camera": "Kamera", "Cancel": "Abbrechen", "Caption": "Beschriftung",
    "Check": "Prüfen", "Continue": "Fortsetzen", "Delete Preset": "Vorgabe löschen", "Draw Connections": "Verbindungen zeichnen",
    "Draw Graph": "Kurve zeichnen", "Draw Again": "Neu zeichnen", "Duet Poses": "Duett-Posen",
    "Export As": "Exportieren als", "Export Duet": "Duett exportieren", "Find Connections": "Verbindungen suchen", "Footage…": "Filmaufnahme …",
    "Import Duet": "Duett importieren", "Import Poses…": "Posen importieren …", "Look of Threads": "Aussehen der Fäden", "Map Bones": "Knochen zuordnen",
    "Mark Strongest Moments": "Stärkste Augenblicke markieren", "Only Selected": "Nur Ausgewählte", "Only Selected Bones": "Nur ausgewählte Knochen",
    "Outline Dancers": "Tänzer umreißen", "Remove Bake": "Gebackenes entfernen", "Remove Footage": "Filmaufnahme entfernen",
    "Remove Graphs": "Kurven entfernen", "Remove Markers": "Markierungen entfernen", "Render Video": "Film rendern", "Save Preset": "Vorgabe speichern",
    "Select Connection": "Verbindung auswählen", "Show Dancers": "Tänzer zeigen", "Show Footage": "Filmaufnahme zeigen", "Stage": "Bühne", "Stop": "Anhalten",
    "Train": "Trainieren", "Update": "Aktualisieren", "Use Armatures": "Armaturen verwenden", "Use as Method": "Als Verfahren verwenden",
    "Open Manual": "Anleitung öffnen",
    "Open the manual that comes with this add-on": "Die Anleitung öffnen, die mit diesem Add-on kommt",
    "Keep Scene": "Szene behalten",
    "The present scene keeps its frame rate, length, camera, floor and light; the motion is fitted to its rate, so that it plays at its true speed":
        "Die jetzige Szene behält Bildrate, Länge, Kamera, Boden und Licht; die Bewegung wird ihrer Rate angepasst und spielt so in ihrem wahren Tempo",
    "Frame of the scene at which the dance begins": "Bild der Szene, bei dem der Tanz beginnt",
    "{frames} frames, {time} at {fps} fps": "{frames} Bilder, {time} bei {fps} fps", "{count} more": "{count} weitere",
    "Quality: clean": "Güte: sauber", "Quality: fair": "Güte: ordentlich", "Quality: poor": "Güte: schlecht",
    "{dancer} leads": "{dancer} führt", "Who leads is unsettled": "Wer führt, ist offen", "{dancer} {share} ({low} to {high})": "{dancer} {share} ({low} bis {high})",
    "Hardly found: confidence {confidence}": "Kaum gefunden: Sicherheit {confidence}",
    "Found as {kind}: confidence {confidence}": "Gefunden als {kind}: Sicherheit {confidence}",
    "Found again: confidence {confidence}": "Wiedergefunden: Sicherheit {confidence}",
    "Reading takes": "Aufnahmen werden gelesen", "Epoch {epoch} of {epochs}": "Epoche {epoch} von {epochs}", "Saving…": "Wird gesichert …",
    ", {time} left": ", noch {time}",
    "Own Looks": "Eigenes Aussehen", "Save Look": "Aussehen sichern", "Use Look": "Aussehen verwenden", "Delete Look": "Aussehen löschen",
    "None is kept yet: press +": "Noch keines gesichert: + drücken", "What the look is called": "Wie das Aussehen heißt",
    "Keep the look of these threads (shape, light, colours, material; no filters) for other duets and files":
        "Das Aussehen dieser Fäden (Form, Licht, Farben, Material; keine Filter) für andere Duette und Dateien sichern",
    "Give the threads this look of yours. Filters stay as they are": "Den Fäden dieses eigene Aussehen geben. Filter bleiben, wie sie sind",
    "Delete a look of yours; threads that have it keep it": "Ein eigenes Aussehen löschen; Fäden, die es haben, behalten es",
    "Hiding connections": "Verbindungen werden ausgeblendet",
    "Hide Connection": "Verbindung ausblenden", "Show Hidden": "Ausgeblendete zeigen", "Both Ways": "Beide Richtungen",
    # What operators do
    "Hide this connection, which you do not want to see: threads, words and markers leave it out. What was found stays, and is exported":
        "Diese Verbindung ausblenden, die man nicht sehen will: Fäden, Worte und Markierungen lassen sie aus. Was gefunden wurde, bleibt und wird exportiert",
    "Show the hidden connections again": "Die ausgeblendeten Verbindungen wieder zeigen",
    "Hide also what goes the other way between the two joints": "Auch ausblenden, was zwischen den beiden Gelenken in der anderen Richtung geht",
    "Delete a preset of yours": "Eine eigene Vorgabe löschen",
    "Draw only the connections that start or end in the bones selected now. The choice is kept in the file and does not follow later selections":
        "Nur die Verbindungen zeichnen, die in den jetzt ausgewählten Knochen beginnen oder enden. Die Wahl bleibt in der Datei und folgt späterer Auswahl nicht",
    "Draw the connections of all bones again": "Wieder die Verbindungen aller Knochen zeichnen",
    "Draw the connections that were found, tied to the dancers' joints; threads that were drawn before are replaced":
        "Die gefundenen Verbindungen zeichnen, an die Gelenke der Tänzer gebunden; früher gezeichnete Fäden werden ersetzt",
    "Draw the dancers' outlines as strokes of Grease Pencil, or remove them again. Blender finds the lines anew in each frame, which slows playback":
        "Die Umrisse der Tänzer als Grease-Pencil-Striche zeichnen oder wieder entfernen. Blender sucht die Linien in jedem Bild neu, was das Abspielen bremst",
    "Export the duet to a file for other programs": "Das Duett in eine Datei für andere Programme exportieren",
    "Find connections again in the same way after the motion was edited; only the windows that an edit touched are looked at anew":
        "Nach einer Änderung der Bewegung auf dieselbe Weise neu suchen; nur die Fenster, die die Änderung berührt, werden neu betrachtet",
    "Find which bone stands for which place of the body, by a known naming, a preset, or whatever fits best":
        "Finden, welcher Knochen für welche Stelle des Körpers steht: nach einer bekannten Benennung, einer Vorgabe oder dem, was am besten passt",
    "Find which joints of one dancer answer which joints of the other, in the motion as it now is":
        "Finden, welche Gelenke des einen Tänzers auf welche des anderen antworten, in der Bewegung, wie sie jetzt ist",
    "Give the duet another stage: floor, light, background, and words that can be read on it":
        "Dem Duett eine andere Bühne geben: Boden, Licht, Hintergrund und Schrift, die darauf lesbar ist",
    "Give the threads this look: shape, light, material and colours. Width and filters stay as they are":
        "Den Fäden dieses Aussehen geben: Form, Licht, Material und Farben. Breite und Filter bleiben, wie sie sind",
    "Have the duet's own camera watch the dance in another way; cameras that you made stay as they are":
        "Die Kamera des Duetts den Tanz anders verfolgen lassen; eigene Kameras bleiben, wie sie sind",
    "Import dancing pairs: a file with both dancers, two files with one each, or many such files at once":
        "Tanzpaare importieren: eine Datei mit beiden, zwei Dateien mit je einem, oder viele solche Dateien auf einmal",
    "Keep this list of bones as a preset of yours, for other armatures with the same names":
        "Diese Liste der Knochen als eigene Vorgabe behalten, für andere Armaturen mit denselben Namen",
    "Load every model and ask the chosen Python whether it can train; says what works":
        "Jedes Modell laden und das gewählte Python fragen, ob es trainieren kann; sagt, was geht",
    "Make a plain object with keys for each connection that shows, for programs that know no geometry nodes; an earlier bake is replaced":
        "Für jede sichtbare Verbindung ein einfaches Objekt mit Keyframes machen, für Programme ohne Geometrieknoten; früher Gebackenes wird ersetzt",
    "Mark the strongest moments on the timeline, each where it is surest. Markers set before by this are replaced; others stay":
        "Die stärksten Augenblicke auf der Zeitleiste markieren, jeden, wo er am sichersten ist. Frühere solche Markierungen werden ersetzt; andere bleiben",
    "Put the trained model among the methods, and choose it in this scene": "Das trainierte Modell zu den Verfahren stellen und in dieser Szene wählen",
    "Read the motion of the two chosen armatures over the scene's frames, and make them a duet; the armatures themselves stay as they are":
        "Die Bewegung der zwei gewählten Armaturen über die Bilder der Szene lesen und ein Duett daraus machen; die Armaturen selbst bleiben, wie sie sind",
    "Remove the F-curves that Draw Graph wrote, and no others": "Die F-Kurven entfernen, die Kurve zeichnen schrieb, und keine anderen",
    "Remove the baked objects; the threads themselves stay": "Die gebackenen Objekte entfernen; die Fäden selbst bleiben",
    "Remove the markers that Mark Strongest Moments set, and no others":
        "Die Markierungen entfernen, die Stärkste Augenblicke markieren setzte, und keine anderen",
    "Render what the scene shows to a film, as chosen in this panel; Blender stays usable meanwhile, and what you change comes too late for it":
        "Rendern, was die Szene zeigt, als Film wie hier gewählt; Blender bleibt dabei benutzbar, und was sich nun ändert, kommt dafür zu spät",
    "Save what was learned so far and stop; it can go on from there. Pressed a second time it stops at once":
        "Das bisher Gelernte speichern und anhalten; von da kann es weitergehen. Ein zweites Mal gedrückt, hält es sofort an",
    "Select the two bones that this connection binds, and go to its strongest moment":
        "Die zwei Knochen auswählen, die diese Verbindung bindet, und zu ihrem stärksten Augenblick gehen",
    "Show the dancers as bodies, as bones to pose and to retarget from, or as both":
        "Die Tänzer als Körper zeigen, als Knochen zum Stellen und Übertragen, oder als beides",
    "Show the original film or pictures behind the camera's picture or beside the dancers, in step with them":
        "Den ursprünglichen Film oder Bilder hinter dem Kamerabild oder neben den Tänzern zeigen, im Takt mit ihnen",
    "Stop the work that runs; nothing will be changed": "Die laufende Arbeit anhalten; nichts wird geändert",
    "Take the footage away again": "Die Filmaufnahme wieder wegnehmen",
    "Train a model on the duets of this scene, beside Blender, which stays usable; needs a Python with torch, chosen in the preferences":
        "Ein Modell mit den Duetten dieser Szene trainieren, neben Blender, das benutzbar bleibt; braucht ein Python mit torch, gewählt in den Einstellungen",
    "Write a caption over the picture, or remove it again. It lives in the file and plays without this extension":
        "Eine Beschriftung über das Bild schreiben oder wieder entfernen. Sie lebt in der Datei und läuft ohne diese Erweiterung",
    "Write this connection's confidence over time as an F-curve of the connections object, and select that: the Graph Editor shows it":
        "Die Sicherheit dieser Verbindung über die Zeit als F-Kurve des Verbindungsobjekts schreiben und dieses auswählen: der Grapheneditor zeigt sie",
    # Why something cannot be done now
    "Drawn by an older version: draw again for all controls": "Von einer älteren Fassung gezeichnet: für alle Regler neu zeichnen",
    "Finding connections": "Verbindungen suchen",
    "Drawing connections": "Verbindungen zeichnen", "Rendering": "Rendern", "Checking": "Prüfen", "Preparing to train": "Training vorbereiten",
    "Looking for torch": "Nach torch sehen", "Reading the armatures": "Armaturen lesen",
    "Cancelling…": "Wird abgebrochen …",
    "Nobody is seen to lead": "Niemand führt erkennbar",
    "Nothing is shown at this frame": "In diesem Bild wird nichts gezeigt",
    # Finding
    "Method": "Verfahren", "Window": "Fenster", "Stride": "Schritt", "Draw": "Zeichnen",
    "How connections are found": "Wie Verbindungen gesucht werden",
    "Length of the moments in which connections are looked for; short ones follow quick changes, long ones are surer":
        "Länge der Augenblicke, in denen gesucht wird; kurze folgen raschen Wechseln, lange sind sicherer",
    "Time from one moment to the next": "Zeit von einem Augenblick zum nächsten",
    "Draw the connections at once": "Die Verbindungen gleich zeichnen",
    "Model Duet": "Modell Duet", "Trained model: finds leads, holds, unison, mirrors and oppositions":
        "Trainiertes Modell: findet Führung, Halten, Gleichklang, Spiegel und Gegensatz",
    "Ridge-Granger": "Ridge-Granger", "Cross-Correlation": "Kreuzkorrelation", "Transfer Entropy": "Transferentropie", "Plain Ridge": "Einfaches Ridge",
    "Proximity": "Nähe",
    "Ridge-Granger: what a joint tells of the partner's joint beyond the partner's own past, on held-out frames; and held distances":
        "Ridge-Granger: was ein Gelenk über das des Partners sagt, über dessen eigene Vergangenheit hinaus, an zurückgehaltenen Bildern; und gehaltene Abstände",
    "Lagged cross-correlation of joint speeds": "Verzögerte Kreuzkorrelation der Geschwindigkeiten von Gelenken",
    "Symbolic transfer entropy of joint speeds": "Symbolische Transferentropie der Geschwindigkeiten von Gelenken",
    "Plain ridge-Granger: whether a joint's past lessens the error in the partner's joint":
        "Einfaches Ridge-Granger: ob die Vergangenheit eines Gelenks den Fehler beim Gelenk des Partners verringert",
    "How near two joints are; it knows no direction": "Wie nah zwei Gelenke sich sind; kennt keine Richtung",
    # Threads
    "Threshold": "Schwelle", "Width": "Breite", "New Threads": "Neue Fäden", "Ink": "Tusche", "Light Trails": "Lichtspuren",
    "Confidence above which new threads show connections": "Sicherheit, über der neue Fäden Verbindungen zeigen",
    "New threads show at most so many, the strongest, at a time": "Neue Fäden zeigen höchstens so viele zugleich, die stärksten",
    "Of the surest of new threads": "Des sichersten neuen Fadens",
    "Of the surest thread": "Des sichersten Fadens",
    "Show at most so many, the strongest, at a time": "Höchstens so viele zugleich zeigen, die stärksten",
    "Show connections above this confidence": "Verbindungen über dieser Sicherheit zeigen",
    "Faint lines along which light shoots from source to target, with a long tail":
        "Schwache Linien, an denen Licht mit langem Schweif vom Ursprung zum Ziel schießt",
    "Glowing threads, thick where they start and thin where they arrive, with a pulse of light on its way":
        "Leuchtende Fäden, dick am Anfang und dünn am Ende, mit einem Lichtpuls unterwegs",
    "Strokes of a brush, flat and unlit: white on a dark stage, black on a light one":
        "Pinselstriche, flach und unbeleuchtet: weiß auf dunkler Bühne, schwarz auf heller",
    "The look to give": "Das Aussehen",
    "Of the lines": "Der Linien",
    # Moments
    "Go To": "Gehe zu", "Most": "Höchstens", "Stay": "Bleiben", "The Take's Peak": "Höhepunkt der Aufnahme", "This Moment's Peak": "Höhepunkt dieses Augenblicks",
    "Go to where the connection is surest in the whole take": "Dorthin gehen, wo die Verbindung in der ganzen Aufnahme am sichersten ist",
    "Go to where the connection is surest while it lasts now": "Dorthin gehen, wo die Verbindung am sichersten ist, solange sie jetzt dauert",
    "Select only": "Nur auswählen",
    "Set at most so many markers": "Höchstens so viele Markierungen setzen",
    "The frame to go to": "Das Bild, zu dem es geht",
    # Captions
    "Subtitles": "Untertitel", "Who Leads": "Wer führt", "What to write or remove": "Was geschrieben oder entfernt wird",
    "Say in sentences what binds the dancers, while it lasts, in place of the strongest connection":
        "In Sätzen sagen, was die Tänzer bindet, solange es dauert, anstelle der stärksten Verbindung",
    "Show along the picture's lower edge who leads over the take: up is the first dancer, a wide band is unsure":
        "Am unteren Bildrand zeigen, wer im Lauf der Aufnahme führt: oben ist der erste Tänzer, ein breites Band ist unsicher",
    "Say which colour is which kind, as they are now: for threads that have their colours by kind":
        "Sagen, welche Farbe welche Art ist, wie sie jetzt sind: für Fäden, deren Farben die Art zeigen",
    # Import
    "Clean": "Reinigen", "Distance": "Abstand", "Frame Rate": "Bildrate", "New Scene": "Neue Szene", "Override Frame Rate": "Bildrate überschreiben",
    "Set Distance": "Abstand setzen", "Skeleton": "Skelett", "Skip": "Überspringen", "Unnamed": "Unbenannt", "Update Existing": "Vorhandenes aktualisieren",
    "Between the dancers, side by side": "Zwischen den Tänzern, Seite an Seite",
    "Give each duet a scene of its own, so that the present one keeps its camera, lights, frame rate and length":
        "Jedem Duett eine eigene Szene geben, damit die jetzige Kamera, Licht, Bildrate und Länge behält",
    "Leave the beginning out, such as a pose that the dancers stand in before they dance":
        "Den Anfang weglassen, etwa eine Pose, in der die Tänzer stehen, bevor sie tanzen",
    "Repair what a recording does wrong: exchanged dancers, jumps, short gaps, jitter, bones that change their length, the floor":
        "Ausbessern, was eine Aufnahme falsch macht: vertauschte Tänzer, Sprünge, kurze Lücken, Zittern, Knochen mit wechselnder Länge, den Boden",
    "Stand dancers apart whose places are not in the data; others stay where they are":
        "Tänzer auseinanderstellen, deren Orte nicht in den Daten sind; andere bleiben, wo sie sind",
    "The file's own frame rate is wrong": "Die Bildrate der Datei ist falsch",
    "The joints of an array that does not name them": "Die Gelenke eines Feldes, das sie nicht benennt",
    "The joints have no names; bones are found by how the joints move": "Die Gelenke haben keine Namen; Knochen ergeben sich daraus, wie sie sich bewegen",
    "True frames a second of the poses": "Wahre Bilder je Sekunde der Posen",
    "What the file says, or the only known skeleton with that many joints": "Was die Datei sagt, oder das einzige bekannte Skelett mit so vielen Gelenken",
    "Where these very files were imported before, replace the motion of that duet and keep its looks, settings and all else; otherwise stand a new duet beside it":
        "Wurden eben diese Dateien schon importiert, die Bewegung jenes Duetts ersetzen und alles andere daran behalten; sonst ein neues daneben stellen",
    # Dancers and armatures
    "Armature": "Armatur", "Bodies": "Körper", "Bone": "Knochen", "Bones": "Knochen", "Both": "Beides", "Dancer": "Tänzer", "How": "Wie", "Naming": "Benennung",
    "Namings": "Benennungen",
    "Whatever Fits Best": "Was am besten passt", "Preset": "Vorgabe", "The first dancer": "Der erste Tänzer", "The second dancer": "Der zweite Tänzer",
    "A known naming or a preset of yours; empty for whatever fits best": "Eine bekannte Benennung oder eigene Vorgabe; leer für das, was am besten passt",
    "Armature of this dancer, animated in any way": "Armatur dieses Tänzers, wie auch immer animiert",
    "Armatures that already dance, and which of their bones stand for which places of the body":
        "Armaturen, die schon tanzen, und welche ihrer Knochen für welche Stellen des Körpers stehen",
    "Bones alone, in the view": "Nur Knochen, in der Ansicht",
    "Bones in front of the bodies": "Knochen vor den Körpern",
    "Bones of the first dancer": "Knochen des ersten Tänzers",
    "Bones of the second dancer": "Knochen des zweiten Tänzers",
    "Light bodies, in the picture and in the view": "Leichte Körper, im Bild und in der Ansicht",
    "The bone that stands for this place of the body; empty where there is none": "Der Knochen, der für diese Stelle des Körpers steht; leer, wo keiner ist",
    "The first dancer's armature": "Die Armatur des ersten Tänzers",
    "The second dancer's armature": "Die Armatur des zweiten Tänzers",
    "The naming is a preset of yours": "Die Benennung ist eine eigene Vorgabe",
    "The place is where the bone ends, not where it begins": "Die Stelle ist, wo der Knochen endet, nicht wo er beginnt",
    "Side by Side": "Nebeneinander",
    "The original footage at the left, the same frames with threads at the right, 960 × 540 each":
        "Links das Filmmaterial, rechts dieselben Bilder mit Fäden, je 960 × 540",
    "Shapes": "Formen",
    "Draw bones as parts of a body; otherwise as thin sticks": "Knochen als Körperteile zeichnen, sonst als dünne Stäbe",
    "What one sees of the dancers": "Was man von den Tänzern sieht",
    "What the preset is called": "Wie die Vorgabe heißt",
    "Which bone stands for which place of the body": "Welcher Knochen für welche Stelle des Körpers steht",
    "Which naming the bones were found by": "Nach welcher Benennung die Knochen gefunden wurden",
    "Whose bones": "Wessen Knochen",
    "Whose bones the list shows": "Wessen Knochen die Liste zeigt",
    # Stage, camera, footage
    "Dark Studio": "Dunkles Studio", "White Limbo": "Weißer Grund", "Plain": "Schlicht", "Front": "Von vorn", "Follow": "Begleiten",
    "Over the Shoulder of A": "Über die Schulter von A", "Over the Shoulder of B": "Über die Schulter von B", "Look Through": "Hindurchsehen",
    "Where": "Wo", "Start": "Anfang", "Opacity": "Deckkraft", "Behind the Picture": "Hinter dem Bild", "Beside the Dancers": "Neben den Tänzern",
    "What surrounds the dancers": "Was die Tänzer umgibt",
    "Nearly black, a floor with a ring at each metre, a warm and a cool light: threads shine":
        "Fast schwarz, ein Boden mit einem Ring bei jedem Meter, ein warmes und ein kühles Licht: Fäden leuchten",
    "White without a horizon, soft shadows: for print and slides": "Weiß ohne Horizont, weiche Schatten: für Druck und Folien",
    "One even grey, no floor and no shadows: nothing but dancers and threads": "Ein gleichmäßiges Grau, ohne Boden und Schatten: nur Tänzer und Fäden",
    "How the dance is watched": "Wie der Tanz verfolgt wird",
    "Still, with the whole dance in the picture": "Ruhig, der ganze Tanz im Bild",
    "A slow circle round the pair": "Ein langsamer Kreis um das Paar",
    "With the pair as they travel, nearer as they come together": "Mit dem Paar durch den Raum, näher, wenn sie zusammenkommen",
    "From behind the first dancer to the second": "Von hinter dem ersten Tänzer zum zweiten",
    "From behind the second dancer to the first": "Von hinter dem zweiten Tänzer zum ersten",
    "Make it the scene's camera": "Sie zur Kamera der Szene machen",
    "Where the footage shows": "Wo die Filmaufnahme zu sehen ist",
    "In the view through the duet's camera, as a guide; it is not rendered": "In der Ansicht durch die Kamera des Duetts, als Hilfe; sie wird nicht gerendert",
    "On a screen in the room, at the viewer's left; rendered by EEVEE and Cycles, and in views that show textures":
        "Auf einer Leinwand im Raum, links vom Betrachter; gerendert von EEVEE und Cycles, und in Ansichten, die Texturen zeigen",
    "Frame of the footage at which the duet begins, counted from 1": "Bild der Filmaufnahme, bei dem das Duett beginnt, von 1 an gezählt",
    "How much of the footage shows through behind the camera's picture": "Wie stark die Filmaufnahme hinter dem Kamerabild zu sehen ist",
    # Output
    "Profile": "Profil", "Engine": "Renderer", "File": "Datei", "Folder": "Ordner", "Preview": "Vorschau", "Vertical 9:16": "Hochkant 9:16",
    "Transparent Overlay": "Durchsichtige Auflage", "Automatic": "Automatisch", "As the Scene": "Wie die Szene", "Pictures": "Bilder", "Still": "Standbild",
    "Cut by Bodies": "Von Körpern verdeckt", "Format": "Format", "What for": "Wofür", "At Most": "Höchstens", "Step": "Schrittweite",
    "Connections (CSV)": "Verbindungen (CSV)", "Connections (NPZ)": "Verbindungen (NPZ)", "Episodes (CSV)": "Abschnitte (CSV)", "Graph (GraphML)": "Graph (GraphML)",
    "What the video is for": "Wofür der Film ist",
    "Small and quick, whatever the machine: 360 lines, drawn by Workbench": "Klein und rasch auf jedem Rechner: 360 Zeilen, von Workbench gezeichnet",
    "1920 × 1080, for screens": "1920 × 1080, für Bildschirme",
    "1080 × 1920, for phones; the duet's camera steps back to hold both dancers":
        "1080 × 1920, für Telefone; die Kamera des Duetts tritt zurück, damit beide Tänzer im Bild sind",
    "Threads and names alone, on nothing, to lay over footage: the scene's own size and camera":
        "Nur Fäden und Namen, auf nichts, zum Legen über eine Aufnahme: Größe und Kamera der Szene",
    "What draws the pictures": "Was die Bilder zeichnet",
    "EEVEE where there is a graphics card, else Workbench": "EEVEE, wo es eine Grafikkarte gibt, sonst Workbench",
    "The scene's own engine, samples and other settings": "Renderer, Abtastungen und andere Einstellungen der Szene",
    "Render with Cycles, set up for threads": "Mit Cycles rendern, für Fäden eingerichtet",
    "Render with Eevee, set up for threads": "Mit EEVEE rendern, für Fäden eingerichtet",
    "Render with Workbench, set up for threads": "Mit Workbench rendern, für Fäden eingerichtet",
    "How the transparent overlay is written": "Wie die durchsichtige Auflage geschrieben wird",
    "A QuickTime film that editing programs take, transparent": "Ein QuickTime-Film, den Schnittprogramme annehmen, durchsichtig",
    "A small film that browsers show, transparent": "Ein kleiner Film, den Browser zeigen, durchsichtig",
    "A folder of PNG pictures, transparent, for compositing": "Ein Ordner mit PNG-Bildern, durchsichtig, für Compositing",
    "Show title, time, legend and the strongest connection in words; names of dancers always show":
        "Titel, Zeit, Legende und die stärkste Verbindung in Worten zeigen; Namen der Tänzer sind immer zu sehen",
    "Leave threads away where a dancer's body stands before them; needs EEVEE or Cycles":
        "Fäden weglassen, wo der Körper eines Tänzers vor ihnen steht; braucht EEVEE oder Cycles",
    "Where videos and exported files go; empty for the folder of the .blend file":
        "Wohin Filme und exportierte Dateien kommen; leer für den Ordner der .blend-Datei",
    "Only the present frame, as a picture": "Nur das jetzige Bild, als Standbild",
    "So many objects, for the connections that show most": "So viele Objekte, für die Verbindungen, die am meisten zu sehen sind",
    "Frames from one key to the next": "Bilder von einem Keyframe zum nächsten",
    "Export threads too, baked to plain objects for the file where they are not yet":
        "Auch Fäden exportieren, für die Datei zu einfachen Objekten gebacken, wo sie es noch nicht sind",
    "Dancers and threads as moving geometry": "Tänzer und Fäden als bewegte Geometrie",
    "Dancers and threads for film pipelines": "Tänzer und Fäden für die Filmherstellung",
    "Dancers and threads for other animation programs and game engines": "Tänzer und Fäden für andere Animationsprogramme und Spiele-Engines",
    "Dancers and threads for the web and for game engines": "Tänzer und Fäden fürs Web und für Spiele-Engines",
    "The dancers' motion, a file for each": "Die Bewegung der Tänzer, je eine Datei",
    "Every candidate of every window, exactly": "Jeder Kandidat jedes Fensters, genau",
    "The connections that show, a row for each in each window": "Die Verbindungen, die zu sehen sind, je eine Zeile in jedem Fenster",
    "Joints and their connections over the whole take, for graph programs": "Gelenke und ihre Verbindungen über die ganze Aufnahme, für Graphenprogramme",
    "From when to when each connection holds, a row for each time": "Von wann bis wann jede Verbindung besteht, je eine Zeile",
    # New phrases
    "New Phrases": "Neue Phrasen", "New Phrase": "Neue Phrase", "Asked Connections": "Gewünschte Verbindungen", "Generate": "Erzeugen", "Tries": "Versuche",
    "Ask for Connection": "Verbindung wünschen", "Add Connection": "Verbindung hinzufügen", "From Found": "Aus Gefundenem", "Propose": "Vorschlagen", "Number": "Anzahl",
    "Remove Asked Connection": "Gewünschte Verbindung entfernen", "Select Bones": "Knochen auswählen", "Show Try": "Versuch zeigen", "View": "Ansicht",
    "Another": "Ein anderer", "Keep": "Behalten", "Discard": "Verwerfen", "Make": "Erzeugen", "Partner": "Partner", "Who": "Wer", "Amount": "Ausmaß",
    "Temperature": "Temperatur", "Seed": "Startwert", "Length": "Länge", "Only Preview Range": "Nur Vorschaubereich", "Place": "Ort", "Generator": "Generator",
    "Partner for A": "Partner für A", "Partner for B": "Partner für B", "Variation": "Variation", "Continuation": "Fortsetzung", "Made Up": "Erfunden",
    "Varied": "Variiert", "As Danced": "Wie getanzt", "Beside": "Daneben", "In Place": "Am Ort", "Enabled": "Eingeschaltet", "Direction": "Richtung",
    "A to B": "A zu B", "B to A": "B zu A", "From": "Von", "To": "Zu", "Kind": "Art", "Lag": "Verzögerung", "Strength": "Stärke",
    "End": "Ende", "Lead": "Führung", "Hold": "Halten", "Unison": "Gleichklang", "Mirror": "Spiegel", "Opposition": "Gegensatz", "Scope": "Umfang",
    "This Frame": "Dieses Bild", "Whole Take": "Ganze Aufnahme", "All": "Alle", "Making a phrase": "Eine Phrase entsteht",
    "Ask for a connection between two selected bones, one of each dancer: the active one answers, in the preview range or for two seconds from here on":
        "Eine Verbindung zwischen zwei ausgewählten Knochen wünschen, je einem der Tänzer: der aktive antwortet, im Vorschaubereich oder von hier an zwei Sekunden lang",
    "Add a connection between the dancers' hands, to be changed below the list":
        "Eine Verbindung zwischen den Händen der Tänzer hinzufügen, die unter der Liste zu ändern ist",
    "Ask for the strongest of the connections that were found; those that are in the list already stay as they are":
        "Die stärksten der gefundenen Verbindungen wünschen; was schon in der Liste steht, bleibt, wie es ist",
    "Ask for connections by chance, in the preview range or the whole take, as a score to begin with; a dancer who will stay as danced does not answer":
        "Zufällige Verbindungen wünschen, im Vorschaubereich oder in der ganzen Aufnahme, als Partitur für den Anfang; wer bleibt wie getanzt, antwortet nicht",
    "So many, fewer where limbs or time do not suffice": "So viele, weniger, wo Glieder oder Zeit nicht reichen",
    "Another seed, another proposal; below 0 each press proposes others": "Ein anderer Startwert, ein anderer Vorschlag; unter 0 schlägt jeder Druck andere vor",
    "Take the chosen connection, or all of them, out of the list": "Die gewählte Verbindung oder alle aus der Liste nehmen",
    "Select the two bones of the chosen connection, and go to the frame at which it begins":
        "Die zwei Knochen der gewählten Verbindung auswählen und zu dem Bild gehen, bei dem sie beginnt",
    "Make a new phrase as chosen here, with the connections that are asked for, as new dancers beside the duet, which stays as it is":
        "Eine neue Phrase mit den gewünschten Verbindungen erzeugen, wie hier gewählt, als neue Tänzer neben dem Duett, das bleibt, wie es ist",
    "Discard this try and make another one with the next seed, as it was made, with the connections of its own list":
        "Diesen Versuch verwerfen und auf dieselbe Weise einen anderen mit dem nächsten Startwert machen, mit den Verbindungen seiner eigenen Liste",
    "Keep this try: it becomes a duet like any other": "Diesen Versuch behalten: er wird ein Duett wie jedes andere",
    "Show this try beside the duet that it was made of, and select a dancer of it: all panels show its connections then, and what was asked of it":
        "Diesen Versuch neben dem Duett zeigen, aus dem er entstand, und einen seiner Tänzer auswählen: alle Bedienfelder zeigen dann seine Verbindungen und Wünsche",
    "Have the 3D views show it": "Die 3D-Ansichten ihn zeigen lassen",
    "Remove this try, or all of them, with all that was made for it; nothing else changes":
        "Diesen Versuch oder alle entfernen, mit allem, was dafür gemacht wurde; sonst ändert sich nichts",
    "Which of the found connections": "Welche der gefundenen Verbindungen", "At most so many, the strongest": "Höchstens so viele, die stärksten",
    "All of them": "Alle", "All tries of this scene": "Alle Versuche dieser Szene", "Those of the present frame": "Die des jetzigen Bildes",
    "Those of the whole take": "Die der ganzen Aufnahme", "How new phrases are made": "Wie neue Phrasen erzeugt werden",
    "Connections that are asked for": "Gewünschte Verbindungen",
    "Ask for this connection in what is made next": "Diese Verbindung in dem wünschen, was als Nächstes entsteht",
    "Who answers whom": "Wer wem antwortet", "A answers B": "A antwortet B", "B answers A": "B antwortet A",
    "The joint that is answered": "Das Gelenk, dem geantwortet wird", "The joint of the other dancer that answers": "Das Gelenk des anderen Tänzers, das antwortet",
    "How the two joints are bound": "Wie die zwei Gelenke verbunden sind",
    "The joint's motion is answered, a moment later": "Der Bewegung des Gelenks wird geantwortet, einen Augenblick später",
    "The joints keep their distance, as hands that hold each other": "Die Gelenke halten ihren Abstand, wie Hände, die einander halten",
    "Both joints move alike at the same time": "Beide Gelenke bewegen sich gleichzeitig gleich",
    "The joints move at the same time as if a mirror stood between the dancers":
        "Die Gelenke bewegen sich gleichzeitig, als stünde ein Spiegel zwischen den Tänzern",
    "The joints move against each other at the same time": "Die Gelenke bewegen sich gleichzeitig gegeneinander",
    "Time by which a lead's answer comes later": "Zeit, um die die Antwort auf eine Führung später kommt",
    "How much of the answering joint's own motion gives way": "Wie viel der eigenen Bewegung des antwortenden Gelenks weicht",
    "Frame at which it begins": "Bild, bei dem sie beginnt", "Frame at which it ends": "Bild, bei dem sie endet", "What is made": "Was erzeugt wird",
    "A dances as before, with a new partner": "A tanzt wie zuvor, mit einem neuen Partner",
    "B dances as before, with a new partner": "B tanzt wie zuvor, mit einem neuen Partner",
    "The duet danced otherwise": "Das Duett, anders getanzt",
    "The duet as it is, and what might come after it": "Das Duett, wie es ist, und was danach kommen könnte",
    "A phrase from nothing, danced by these bodies, or by the generator's own where there is no duet":
        "Eine Phrase aus dem Nichts, getanzt von diesen Körpern, oder von denen des Generators, wo es kein Duett gibt",
    "Where the partner's own motion comes from": "Woher die eigene Bewegung des Partners kommt",
    "The partner's own motion comes from nothing": "Die eigene Bewegung des Partners kommt aus dem Nichts",
    "The partner's own motion is the present partner's, danced otherwise": "Die eigene Bewegung des Partners ist die des jetzigen, anders getanzt",
    "The partner's own motion is the present partner's: only what is asked changes it":
        "Die eigene Bewegung des Partners ist die des jetzigen: nur Gewünschtes ändert sie",
    "Who dances otherwise": "Wer anders tanzt", "Both dance otherwise": "Beide tanzen anders",
    "Only the first dancer dances otherwise": "Nur der erste Tänzer tanzt anders", "Only the second dancer dances otherwise": "Nur der zweite Tänzer tanzt anders",
    "Between Two": "Zwischen zweien", "With": "Mit", "Its Dancer": "Tänzer", "Throughout": "Durchgehend", "Share": "Anteil",
    "What lies between the motion of two dancers, or of two duets, as long as the shorter one":
        "Was zwischen der Bewegung zweier Tänzer oder zweier Duette liegt, so lang wie die kürzere",
    "The duet whose motion is mixed in; empty for the partner in this duet": "Das Duett, dessen Bewegung beigemischt wird; leer für den Partner in diesem Duett",
    "Whose motion of that duet is mixed in": "Wessen Bewegung aus jenem Duett beigemischt wird",
    "Its first dancer's motion is mixed in": "Die Bewegung seines ersten Tänzers wird beigemischt",
    "Its second dancer's motion is mixed in": "Die Bewegung seines zweiten Tänzers wird beigemischt",
    "One mixture from beginning to end; otherwise it begins as the one dances, and little by little ends as the other":
        "Eine Mischung von Anfang bis Ende; sonst beginnt es, wie der eine tanzt, und endet nach und nach wie der andere",
    "How much of the motion that is mixed in: nothing is the dancer's own, all is the other one's":
        "Wie viel der beigemischten Bewegung: nichts ist die des Tänzers selbst, alles die des anderen",
    "How far a variation goes: nothing is the same, all keeps the manner of moving alone":
        "Wie weit eine Variation geht: bei nichts bleibt alles gleich, bei ganz bleibt nur die Art der Bewegung",
    "How far from the usual: less is nearer to what dancers often do, more is stranger":
        "Wie weit vom Üblichen: weniger ist näher an dem, was Tänzer oft tun, mehr ist fremder",
    "Another seed, another phrase; the same seed gives the same one again":
        "Ein anderer Startwert, eine andere Phrase; derselbe gibt wieder dieselbe",
    "Of a new phrase, or of what a continuation adds": "Einer neuen Phrase, oder dessen, was eine Fortsetzung hinzufügt",
    "Make anew only what lies in the timeline's preview range; before and after it all stays as it was danced":
        "Nur neu machen, was im Vorschaubereich der Zeitleiste liegt; davor und danach bleibt alles, wie es getanzt wurde",
    "Make so many at once, with seeds that follow each other": "So viele auf einmal machen, mit aufeinanderfolgenden Startwerten",
    "Where what is made dances": "Wo das Erzeugte tanzt", "To the right of the duet, and of earlier tries": "Rechts vom Duett und von früheren Versuchen",
    "Where the duet dances; a dancer who stays the same is shown once": "Wo das Duett tanzt; ein Tänzer, der derselbe bleibt, ist einmal zu sehen",
    "Folder of a generator that you trained; empty for the bundled one": "Ordner eines selbst trainierten Generators; leer für den mitgelieferten",
    # Preferences and training
    "How a model is trained on this scene's duets": "Wie ein Modell mit den Duetten dieser Szene trainiert wird",
    "How the duet is rendered, and where it goes": "Wie das Duett gerendert wird und wohin es kommt",
    "Bone Shapes": "Knochenformen", "Dancers": "Tänzer", "Of new threads": "Neuer Fäden",
    "Of a duet that is imported into a scene of its own": "Eines Duetts, das in eine eigene Szene importiert wird",
    "What one sees of them; Show Dancers changes it afterwards": "Was man von ihnen sieht; Tänzer zeigen ändert es nachher",
    "Model Folder": "Modellordner", "Python for Training": "Python fürs Training", "Settings": "Einstellungen", "Epochs": "Epochen", "Small": "Klein",
    "Tune": "Anpassen", "Own Settings": "Eigene Einstellungen",
    "Folder with trained models, each in a folder of its own; they appear among the methods. What is trained here goes into it":
        "Ordner mit trainierten Modellen, jedes in einem eigenen Ordner; sie erscheinen unter den Verfahren. Was hier trainiert wird, kommt hinein",
    "A Python with torch, used for training alone, as a process of its own; all else needs none":
        "Ein Python mit torch, nur zum Trainieren, als eigener Prozess; alles andere braucht keines",
    "Of the model to be; the run gets a folder of this name": "Des künftigen Modells; der Lauf bekommt einen Ordner dieses Namens",
    "How the model is trained": "Wie das Modell trainiert wird",
    "Ten minutes or so on a laptop; shows that training works": "Etwa zehn Minuten auf einem Laptop; zeigt, dass das Trainieren geht",
    "Goes on from the bundled model with these duets; a quarter of an hour or so":
        "Lernt vom mitgelieferten Modell aus mit diesen Duetten weiter; etwa eine Viertelstunde",
    "A TOML file of settings": "Eine TOML-Datei mit Einstellungen",
    "TOML file of settings for training": "TOML-Datei mit Einstellungen fürs Training",
    "How long it is trained; 0 for as long as the settings say": "Wie lange trainiert wird; 0 für so lange, wie die Einstellungen sagen",
    "Where runs go, each into a folder of its own; empty for Blender's folder of the add-on":
        "Wohin Läufe kommen, jeder in einen eigenen Ordner; leer für Blenders Ordner des Add-ons",
    "Go on with the run that was stopped": "Mit dem angehaltenen Lauf weitermachen",
}  # fmt: skip
"""English to German, for labels, tooltips and what says why something cannot be done."""

_PARTS = {
    "head": "Kopf", "torso": "Rumpf", "left arm": "linker Arm", "right arm": "rechter Arm", "left hand": "linke Hand", "right hand": "rechte Hand",
    "left leg": "linkes Bein", "right leg": "rechtes Bein",
}  # fmt: skip
_KINDS = {"lead": "Führung", "hold": "Halten", "unison": "Gleichklang", "mirror": "Spiegel", "opposition": "Gegensatz"}

GERMAN |= {
    # The threads' inputs
    "Types": "Stärken", "Faint": "Schwach", "Clear": "Deutlich", "Core": "Kern", "Fade": "Übergang", "Only Chosen": "Nur gewählte",
    "No Kind": "Ohne Art", "Colour By": "Farbe nach", "Confidence": "Sicherheit", "Tension": "Spannung", "Bow": "Bogen", "Taper": "Verjüngung",
    "Swell": "Schwellung", "Arrow": "Pfeil", "Pulse": "Puls", "Pulse Seconds": "Pulsabstand", "Pulse Colour": "Pulsfarbe", "Trail": "Schweif",
    "Dim": "Abdunkeln", "Detail": "Feinheit", "Material": "Material", "Colours": "Farben", "Data": "Daten", "Joints": "Gelenke", "Table": "Tabelle",
    "Start Frame": "Startbild", "First Centre": "Erste Mitte", "Spacing": "Abstand", "Attributes": "Attribute", "Windows": "Fenster", "Geometry": "Geometrie",
    "No Kind Colour": "Farbe: Ohne Art", "A to B Colour": "Farbe: A zu B", "B to A Colour": "Farbe: B zu A",
    "Which connections are drawn": "Welche Verbindungen gezeichnet werden",
    "Kinds of connections that are drawn": "Arten der Verbindungen, die gezeichnet werden",
    "How strong drawn connections are": "Wie stark gezeichnete Verbindungen sind",
    "Body parts in which drawn connections start": "Körperteile, in denen gezeichnete Verbindungen beginnen",
    "Body parts in which drawn connections end": "Körperteile, in denen gezeichnete Verbindungen enden",
    "How a thread looks": "Wie ein Faden aussieht",
    "Colours by kind and direction; that by confidence and tension is the node group's Color Ramp":
        "Farben nach Art und Richtung; die nach Sicherheit und Spannung ist der Farbverlauf der Knotengruppe",
    "What the threads are read from": "Woraus die Fäden gelesen werden",
    "Draw connections whose confidence exceeds this": "Verbindungen zeichnen, deren Sicherheit darüber liegt",
    "Draw at most so many at once, the strongest": "Höchstens so viele zugleich zeichnen, die stärksten",
    "How far above the threshold a thread has grown to its full width, so that none pops in or out":
        "Wie weit über der Schwelle ein Faden seine volle Breite erreicht, damit keiner plötzlich erscheint oder verschwindet",
    "Draw connections from joints of A to joints of B": "Verbindungen von Gelenken von A zu Gelenken von B zeichnen",
    "Draw connections from joints of B to joints of A": "Verbindungen von Gelenken von B zu Gelenken von A zeichnen",
    "Draw only the connections that Only Selected Bones chose": "Nur die Verbindungen zeichnen, die Nur ausgewählte Knochen gewählt hat",
    "Draw connections whose kind is unknown": "Verbindungen zeichnen, deren Art unbekannt ist",
    "Draw connections of the type faint: little of the joint's motion answers the other's":
        "Schwache Verbindungen zeichnen: Wenig von der Bewegung des Gelenks antwortet auf die des anderen",
    "Draw connections of the type clear: some of the joint's motion answers the other's":
        "Deutliche Verbindungen zeichnen: Ein Teil der Bewegung des Gelenks antwortet auf die des anderen",
    "Draw connections of the type core: much of the joint's motion answers the other's":
        "Kernverbindungen zeichnen: Viel von der Bewegung des Gelenks antwortet auf die des anderen",
    "What a thread's colour says": "Was die Farbe eines Fadens sagt",
    "Radius of a thread of full confidence at its source; above 40 threads all are thinner":
        "Radius eines ganz sicheren Fadens an seiner Quelle; bei mehr als 40 Fäden sind alle dünner",
    "How far a thread bows away from the straight line, as a share of its length and a little more":
        "Wie weit sich ein Faden von der geraden Linie wegbiegt, als Anteil seiner Länge und etwas mehr",
    "Lift": "Abheben",
    "How much nearer to the camera than its joints a thread runs, so that it lies on the bodies and not in them":
        "Wie viel näher an der Kamera als seine Gelenke ein Faden verläuft, damit er auf den Körpern liegt und nicht in ihnen",
    "How much thinner a thread is at its target than at its source": "Wie viel dünner ein Faden an seinem Ziel ist als an seiner Quelle",
    "How much thicker a thread is in its middle than at its ends, like the stroke of a brush":
        "Wie viel dicker ein Faden in der Mitte ist als an den Enden, wie ein Pinselstrich",
    "Size of an arrow's head at the target": "Größe der Pfeilspitze am Ziel",
    "Strength of the light that travels from source to target": "Stärke des Lichts, das von der Quelle zum Ziel wandert",
    "Seconds from one pulse of light to the next": "Sekunden von einem Lichtpuls zum nächsten",
    "Length of the tail behind a pulse of light, as a share of the thread": "Länge des Schweifs hinter einem Lichtpuls, als Anteil des Fadens",
    "How much darker and thinner a thread is where no pulse passes": "Wie viel dunkler und dünner ein Faden ist, wo kein Puls wandert",
    "Finer or coarser tubes; above 100 threads the number of points is kept in bounds all the same":
        "Feinere oder gröbere Röhren; bei mehr als 100 Fäden bleibt die Zahl der Punkte trotzdem begrenzt",
    "Material of the threads": "Material der Fäden",
    "Colour by kind: no kind": "Farbe nach Art: ohne Art", "Colour by direction: A to B": "Farbe nach Richtung: A zu B",
    "Colour by direction: B to A": "Farbe nach Richtung: B zu A",
    "Colour of a pulse of light where it is brightest": "Farbe eines Lichtpulses, wo er am hellsten ist",
    "Mesh with one vertex for each joint of each dancer": "Netz mit einem Punkt für jedes Gelenk jedes Tänzers",
    "Mesh that holds the confidences": "Netz, das die Sicherheiten enthält",
    "Scene frame at which the duet's first frame plays": "Bild der Szene, bei dem das erste Bild des Duetts spielt",
    "Frame of the duet in the middle of the first window": "Bild des Duetts in der Mitte des ersten Fensters",
    "Frames from one window to the next": "Bilder von einem Fenster zum nächsten",
    "Also write each thread's number, kind and tension on its tube, for materials and nodes of your own":
        "Auch Nummer, Art und Spannung jedes Fadens auf seine Röhre schreiben, für eigene Materialien und Knoten",
    "Number of windows in the table": "Zahl der Fenster in der Tabelle",
}  # fmt: skip
GERMAN |= {english.title(): german[0].upper() + german[1:] for english, german in _PARTS.items()}
GERMAN |= {f"From {english.title()}": f"Von: {german}" for english, german in _PARTS.items()}
GERMAN |= {f"To {english.title()}": f"Zu: {german}" for english, german in _PARTS.items()}
GERMAN |= {
    f"Draw connections that {doing} in this body part: {english}": f"Verbindungen zeichnen, die in diesem Körperteil {tut}: {german}"
    for english, german in _PARTS.items()
    for doing, tut in (("start", "beginnen"), ("end", "enden"))
}
GERMAN |= {f"{english.capitalize()} Colour": f"Farbe: {german}" for english, german in _KINDS.items()}
GERMAN |= {f"Draw connections of the kind {english}": f"Verbindungen dieser Art zeichnen: {german}" for english, german in _KINDS.items()}
GERMAN |= {f"Colour by kind: {english}": f"Farbe nach Art: {german}" for english, german in _KINDS.items()}
